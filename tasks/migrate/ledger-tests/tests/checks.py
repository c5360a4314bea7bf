import functools
import json
import re
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run  # noqa: E402

HARNESS = """
import importlib, json, os, pathlib, shutil, sys
import pytest
from _pytest.config import default_plugins
for name in default_plugins:
    importlib.import_module(f"_pytest.{name}")
shutil.rmtree("/tmp/w", ignore_errors=True)
shutil.copytree("/workspace", "/tmp/w", ignore=shutil.ignore_patterns(".cache"))
os.chdir("/tmp/w")
results = []
for path, content, options in json.load(sys.stdin):
    file = pathlib.Path(path)
    original = file.read_text()
    file.write_text(content or original)
    reader, writer = os.pipe()
    if not os.fork():
        os.dup2(writer, 1)
        code = pytest.main(["-q", "-p", "no:cacheprovider", *options])
        sys.stdout.flush()
        os._exit(int(code))
    os.close(writer)
    text = os.fdopen(reader).read()
    results.append([os.waitstatus_to_exitcode(os.wait()[1]), text])
    file.write_text(original)
print(json.dumps(results))
"""
ACCOUNT, SAMPLE = "ledger/account.py", "ledger/sample.py"


def pytest(*jobs):
    """Run the tests once for each (file, its content or None, options) and return exit codes and outputs."""
    done = run(["python3", "-c", HARNESS], input=json.dumps(jobs), timeout_s=60)
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


@functools.cache
def plain():
    marker = re.search(r"^[ \t]*markers\s*[=:]\s*(\w+)", read("pytest.ini"), re.MULTILINE)[1]
    return pytest([ACCOUNT, None, []], [ACCOUNT, None, ["-m", f"not {marker}", "--strict-markers"]])


def caught(path, *changes):
    """Hold that the tests fail for each change of the code, and for no other reason."""
    assert plain()[0][0] == 0, plain()[0][1]
    code = read(path)
    for old, _ in changes:
        assert code.count(old) == 1, f"{path} no longer holds {old!r}"
    for change, (exit_code, text) in zip(changes, pytest(*([path, code.replace(*change), ["-x"]] for change in changes))):
        assert exit_code == 1, (change, text)


@check("all tests are there and pass")
def _():
    exit_code, text = plain()[0]
    assert exit_code == 0, text
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|xfailed|skipped|xpassed)", text)}
    assert counts.get("passed", 0) >= 15 and counts.get("xfailed") == 1 and "skipped" not in counts, counts


@check("they notice wrong limits and interest")
def _():
    caught(ACCOUNT, ("< -self.limit", "<= -self.limit"), ("< -self.limit", "< -self.limit - 1"), ("/ 365", "/ 366"))


@check("they notice reasons that are worded otherwise")
def _():
    caught(ACCOUNT, ('"nothing to post"', '"nothing to post here"'), ("{self.name} reached", "{self.name} reached!"))


@check("they notice a transfer that is half made, and statements in the wrong order")
def _():
    give, take = 'source.post(-cents, f"to {target.name}")', 'target.post(cents, f"from {source.name}")'
    caught(ACCOUNT, (f"{give}\n    {take}", f"{take}\n    {give}"), ("reversed(self.entries)", "self.entries"))


@check("they report that a broken test passes")
def _():
    whole = "[self.balance // parts] * parts"
    caught(ACCOUNT, (f"return {whole}", f"return [self.balance - self.balance // parts * (parts - 1)] + ({whole})[1:]"))


@check("the sample ledger is built once, and its balances are looked at")
def _():
    caught(SAMPLE, ("80_000", "80_001"), ("120_000 + month", "120_000"), ("-5000", "-4999"))
    counted = read(SAMPLE).replace("    ledger = {", "    open('/tmp/built', 'a').write('x')\n    ledger = {", 1)
    pytest([SAMPLE, counted, []])
    assert run(["cat", "/tmp/built"]).stdout == "x"


@check("lengthy tests can be left out, and nothing needs caseworks")
def _():
    exit_code, text = plain()[1]
    assert exit_code == 0 and "1 deselected" in text, text
    assert "caseworks" not in read("tests/test_account.py") + read("tests/test_report.py")


main()
