import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, run  # noqa: E402


def show():
    done = run(["perl", "scrub.pl", "--show"])
    assert done.exit_code == 0, done.stderr
    return dict(line.split(" ", 1) for line in done.stdout.splitlines())


def scrub(*lines):
    done = run(["perl", "scrub.pl"], input="".join(line + "\n" for line in lines))
    assert done.exit_code == 0, done.stderr
    mask = show()["text"]
    assert len(mask) > 3, mask
    return [line.replace(mask, "MASK") for line in done.stdout.splitlines()]


@check("what follows a secret stays")
def _():
    assert scrub('at=7 password="p q" code=200 note="a \\"b\\" c" end') == ['at=7 password="MASK" code=200 note="a \\"b\\" c" end']


@check("every secret of a line is masked")
def _():
    line = 'session="s1" x="1" token="t1" y="2" token="t2" password="p" z'
    assert scrub(line) == ['session="MASK" x="1" token="MASK" y="2" token="MASK" password="MASK" z']


@check("quotes within a secret do not end it")
def _():
    lines = [r'token="a\"b\"c" u="v"', r'u="v" session="\"" w', r'password="say \"token=\" now" k="1"']
    assert scrub(*lines) == ['token="MASK" u="v"', 'u="v" session="MASK" w', 'password="MASK" k="1"']


@check("a backslash at the end of a secret does not hide its quote")
def _():
    assert scrub(r'token="c:\\" user="ann" path="/y"', r'token="\\\"x" e') == ['token="MASK" user="ann" path="/y"', 'token="MASK" e']


@check("empty secrets are masked, lines without secrets stay")
def _():
    assert scrub('token="" a="b"', 'tokens="1" user="ann"', "") == ['token="MASK" a="b"', 'tokens="1" user="ann"', ""]


@check("lines are cut after masking")
def _():
    limit = int(show()["line_bytes"])
    line = 'token="' + "k" * (2 * limit) + '" ' + "r" * (2 * limit)
    done = run(["perl", "scrub.pl"], input=line + "\n")
    start = f'token="{show()["text"]}" '
    assert done.stdout == start + "r" * (limit - len(start)) + "\n", done.stdout[:80]


main()
