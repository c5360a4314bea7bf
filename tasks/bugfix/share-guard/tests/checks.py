import posixpath
import re
import sys
from urllib.parse import unquote_to_bytes

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run  # noqa: E402

RULES = """realm = r
code_denied = 403
code_relative = 400
longest = 300
ban_s = 1
deny /srv/box/in/locked
allow /srv/box
allow /srv/box/in/locked/open
deny /srv/box/in
"""
ALLOWED = {"srv/box": True, "srv/box/in": False, "srv/box/in/locked": False, "srv/box/in/locked/open": True}
_built = []


def guard(text, *lines):
    if not _built:
        done = run(["sh", "build.sh", "/tmp/guard"], timeout_s=60)
        assert done.exit_code == 0, done.stderr
        _built.append(True)
    command = ["sh", "-c", 'printf %s "$1" > /tmp/rules && exec /tmp/guard /tmp/rules', "guard", text]
    done = run(command, input="".join(line + "\n" for line in lines))
    assert done.exit_code == 0, done.stderr
    return done.stdout.splitlines()


def expected(line):
    path = posixpath.normpath("/" + unquote_to_bytes(line).decode().lstrip("/"))
    parts = path[1:].split("/")
    above = ["/".join(parts[:length]) for length in range(len(parts), 0, -1)]
    allowed = next((ALLOWED[one] for one in above if one in ALLOWED), False)
    return f"allow {path}" if allowed else f"deny 403 {path}"


def holds(*lines):
    for line, got in zip(lines, guard(RULES, *lines), strict=True):
        assert got == expected(line), (line, got)


@check("'..' takes away what stands before it, however often")
def _():
    holds("/srv/box/a/../../../etc", "/srv/box/a/b/../../c", "/a/b/c/../../../srv/box/x", "/srv/box/a/../b/../../c/../box")
    holds("/srv/box/1/2/3/../../../../key", "/srv/x/../box/in/../out", "/srv/box/in/locked/../../y/..")


@check("the root is the end")
def _():
    holds("/../srv/box/a", "/../../x", "/srv/../../../srv/box/../../srv/box/b", "/..", "/", "/../srv/box/in/../../..")


@check("encoded dots and slashes count like plain ones")
def _():
    holds("/srv/box/%2e%2e/key", "/srv/box/%2E./key", "/srv/box/a%2f..%2F..%2fkey", "/srv/box/%2e/a", "%2Fsrv/box/a")
    holds("/srv/box/in%2Flocked/open/z", "/srv/bo%78/a", "/srv/box/%e2%82%ac/%2e%2e/b%20c")


@check("decoding happens once")
def _():
    holds("/srv/box/%252e%252e/key", "/srv/box/100%25/..", "/srv/box/%252fetc")
    as_they_are = ["/srv/box/%zz", "/srv/box/50%", "/srv/box/%2"]
    assert guard(RULES, *as_they_are) == [f"allow {path}" for path in as_they_are]


@check("the longest rule decides, by whole components")
def _():
    holds("/srv/box", "/srv/boxes/a", "/srv/box/in/a", "/srv/box/inn", "/srv/box/in/locked/open", "/srv/box/in/locked/openly")
    holds("/srv/box/.hidden", "/srv/box/...", "/srv/box/..a/b", "/srv//box///c/./d/")


@check("relative and overlong requests are refused as before")
def _():
    assert guard(RULES, "srv/box/a", "../srv/box") == ["deny 400 srv/box/a", "deny 400 ../srv/box"]
    assert guard(RULES, "/srv/box/" + "%61" * 100) == ["deny 403 /srv/box/" + "%61" * 100]


@check("the partner share is open in our own configuration, the others as before")
def _():
    conf = read("guard.conf")
    shares = re.findall(r"^allow (/srv/partners/\S+)$", conf, re.MULTILINE)
    got = guard(conf, "/srv/media/a", "/srv/media/raw/a", *[share + "/x" for share in shares])
    assert len(shares) == 1 and got[0] == "allow /srv/media/a" and got[1].startswith("deny "), (shares, got)
    assert got[2] == f"allow {shares[0]}/x", got


main()
