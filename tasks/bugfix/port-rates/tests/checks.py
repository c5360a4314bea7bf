import json
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run  # noqa: E402

BITS32, BITS64 = 1 << 32, 1 << 64
_built = []


def rates(*samples):
    if not _built:
        env = {"GOCACHE": "/tmp/go-cache", "GOFLAGS": "-mod=mod", "GOPROXY": "off"}
        done = run(["go", "build", "-o", "/tmp/portrates", "."], env=env, timeout_s=60)
        assert done.exit_code == 0, done.stderr
        _built.append(True)
    done = run(["/tmp/portrates"], input="".join(" ".join(map(str, sample)) + "\n" for sample in samples))
    assert done.exit_code == 0, done.stderr
    return [line.removesuffix(" spike") for line in done.stdout.splitlines()]


@check("a 32 bit counter goes on at 0 after its highest value")
def _():
    assert rates(("a", 32, 10, BITS32 - 1), ("a", 32, 20, 124999)) == ["a 100 kbit/s"]
    assert rates(("a", 32, 10, 3_000_000_000), ("a", 32, 310, 2_500_000_000)) == [f"a {(BITS32 - 500_000_000) * 8 // 300_000} kbit/s"]
    assert rates(("a", 32, 1, BITS32 - 1), ("a", 32, 2, BITS32 - 1), ("a", 32, 3, 0)) == ["a 0 kbit/s", "a 0 kbit/s"]


@check("a 64 bit counter is taken at its full width")
def _():
    assert rates(("b", 64, 10, 4_000_000_000), ("b", 64, 70, 94_000_000_000)) == ["b 12000000 kbit/s"]
    assert rates(("b", 64, 10, BITS64 - 625), ("b", 64, 15, 625)) == ["b 2 kbit/s"]
    assert rates(("b", 64, 10, BITS32 - 1000), ("b", 64, 11, BITS32 + 1000)) == ["b 16 kbit/s"]


@check("rates of slow ports and long pauses are rounded down")
def _():
    assert rates(("c", 32, 0, 0), ("c", 32, 1, 124), ("c", 32, 2, 373)) == ["c 0 kbit/s", "c 1 kbit/s"]
    pause = 5_000_000
    assert rates(("c", 64, 0, 0), ("c", 64, pause, 10**12)) == [f"c {8 * 10**12 // (1000 * pause)} kbit/s"]


@check("restarts are reported as before, on fast and slow ports")
def _():
    lines = rates(("d", 32, 900, BITS32 - 9), ("d", 32, 5, 77), ("e", 64, 900, 10**12), ("e", 64, 3, 10), ("d", 32, 15, 1327))
    words = [line.split() for line in lines]
    assert [word[:2] for word in words[:2]] == [["d", "restart,"], ["e", "restart,"]] and lines[2] == "d 1 kbit/s", lines
    assert words[0][2:] == words[1][2:] and words[0][2] == "code" and int(words[0][3]) > 0, lines


@check("only readings above spike_kbit are marked")
def _():
    spike = json.loads(read("config/poller.json"))["spike_kbit"]
    rates()
    text = f"f 64 0 0\nf 64 1 {125 * spike}\nf 64 2 {250 * spike + 125}\n"
    done = run(["/tmp/portrates"], input=text)
    assert done.stdout.splitlines() == [f"f {spike} kbit/s", f"f {spike + 1} kbit/s spike"], done.stdout


@check("ports are kept apart")
def _():
    lines = rates(("g", 32, 1, BITS32 - 250), ("h", 64, 1, 9000), ("g", 32, 2, 0), ("h", 64, 3, 9500))
    assert lines == ["g 2 kbit/s", "h 2 kbit/s"], lines


main()
