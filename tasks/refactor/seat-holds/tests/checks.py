import pathlib
import re
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run  # noqa: E402

PROBE = pathlib.Path(__file__).with_name("probe.go").read_text(encoding="utf-8")
BUILD = """
export GOCACHE=/tmp/go-cache GOFLAGS=-mod=mod GOPATH=/tmp/go
cp -R /workspace /tmp/built && mkdir /tmp/built/probe && cat > /tmp/built/probe/main.go && cd /tmp/built &&
go build -o /tmp/boxoffice ./cmd/boxoffice && go build -o /tmp/probe ./probe && /tmp/probe
"""
built = run(BUILD, input=PROBE, timeout_s=90)
lines = built.stdout.splitlines()


def expect(*wanted):
    missing = [line for line in wanted if line not in lines]
    assert not missing, (missing, lines, built.stderr)


@check("the desk uses the store and the clock that it is given")
def _():
    expect("token true", "stored ida true true", "until true")


@check("a hold lapses to the instant, and not before")
def _():
    expect("just true", "lapsed true", "again <nil> true")


@check("desks do not know of each other, and tokens are checked")
def _():
    expect("taken true", "other <nil>", "wrong true true", "released <nil> 0")


@check("the old functions share one desk with the partner")
def _():
    expect("shared <nil> true true true", "apart 0 true")


@check("the box office works as before, at a desk of its own")
def _():
    done = run(["/tmp/boxoffice"], input="take C4 ida\ntake C4 per\nrelease C4 nothing\nsit\n")
    first, *rest = done.stdout.splitlines()
    assert first.endswith("C4-1"), done
    assert rest == ["seat is taken", "no such hold", "unknown command"], done
    assert not re.search(r"\bholds\.(Take|Release)\(", read("cmd/boxoffice/main.go"))


@check("both old functions are marked, and no global map is left")
def _():
    legacy = read("holds/legacy.go")
    assert len(re.findall(r"^//\s*Deprecated: ", legacy, re.MULTILINE)) >= 2, legacy
    assert not re.search(r"^\s*(var\s+)?seats\b", read("holds/holds.go"), re.MULTILINE)


main()
