import configparser
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


@check("they notice postings and transfers that are half made, and statements in the wrong order")
def _():
    refuse = 'raise Refused(f"limit'
    caught(ACCOUNT, (refuse, f"self.entries.append((cents, text))\n            {refuse}"))
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
    code = read("tests/test_account.py") + read("tests/test_report.py")
    assert not re.search(r"^\s*(from|import)\s+caseworks", code, re.MULTILINE)


@check("the constants and the settings of the guide are in force")
def _():
    assert plain()[0][0] == 0, plain()[0][1]
    constants = read("tests/conftest.py")
    off = "import ledger.account\nledger.account.Account.interest = lambda self, rate, days: self.balance * rate * days / 365 + 0.5"
    lines = ("SEED = []", "ROUNDS = None", f"{off}\nWIDTH = 0.4", f"{off}\nWIDTH = 0.6")
    runs = pytest(*(["tests/conftest.py", f"{constants}\n{line}\n", []] for line in lines))
    assert runs[-1][0] == 0 and all(exit_code in (1, 2) for exit_code, _ in runs[:-1]), runs
    settings = configparser.ConfigParser(interpolation=None)
    settings.read_string(read("pytest.ini"))
    assert settings["pytest"]["pythonpath"].split() == [".", "tests"], settings["pytest"]["pythonpath"]
    assert "--strict-markers" in settings["pytest"]["addopts"].split(), settings["pytest"]["addopts"]


main()
