import re
import sys
import tomllib

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read  # noqa: E402

BUILD = re.compile(r"build-id ([0-9a-f]{40})")
OWN = re.compile(r"^#\d+ +(0x[0-9a-f]+) in \?\? \(\) from /opt/relayd", re.MULTILINE)
REPORTERS = ("relay_panic", "relay_assert")


def triage():
    return tomllib.loads(read("triage.toml"))


def core():
    return read("cores/edge-31.txt")


def symbols():
    """Yield (offset, size, name) of the build that dumped the core."""
    texts = [read(f"symbols/relayd-{letter}.sym") for letter in "ab"]
    (text,) = [text for text in texts if BUILD.search(text)[1] == BUILD.search(core())[1]]
    return [(int(at, 16), int(size), name) for at, size, name in re.findall(r"^(0x\w+) +(\d+) +(\w+)", text, re.M)]


def resolve(address):
    offset = int(address, 16) - int(str(triage()["crash"]["load_base"]), 0)
    return next(((name, offset - at) for at, size, name in symbols() if at <= offset < at + size), None)


def crashed():
    return [resolve(address) for address in OWN.findall(core().split("\nThread 1 ")[1])]


@check("with that load base every frame of relayd lies in a function")
def _():
    assert len(crashed()) == 5 and all(crashed()), crashed()


@check("with that load base the crash ran from the main function to the panic")
def _():
    assert [frame[0] for frame in (crashed()[0], crashed()[1], crashed()[-1])] == [*REPORTERS, "relay_main"], crashed()


@check("the function is the innermost one that does not merely report")
def _():
    assert triage()["frame"]["function"] == [name for name, _ in crashed() if name not in REPORTERS][0], crashed()


@check("the offset is the frame's distance from the function's start")
def _():
    frame = triage()["frame"]
    assert (frame["function"], frame["offset"]) in crashed(), (frame, crashed())


@check("ticket, build and plan are filled in")
def _():
    found = triage()
    assert re.fullmatch(r"\d{5}", str(found["crash"]["ticket"])), found
    assert re.fullmatch(r"[0-9a-f]{40}", found["crash"]["build_id"]), found
    assert found["plan"]["assignee"] and re.fullmatch(r"\d+\.\d+\.\d+", found["plan"]["ship_in"]), found


main()
