"""Behaviours against commands that mean harm, or do it by accident."""

from __future__ import annotations

from agentbench.errors import SandboxFileError
from agentbench.sandbox.behaviours import TMP_MB, WORKSPACE_MB, Bench, behaviour

_TIMEOUT_S = 60


def _still_usable(bench: Bench) -> None:
    result = bench.sandbox.run("echo usable", timeout_s=_TIMEOUT_S)
    assert result.stdout == "usable\n" and result.exit_code == 0, f"not usable any more: {result!r}"


@behaviour("no network: only the loopback, and nothing to be reached")
def _(bench: Bench) -> None:
    assert bench.out("ls /sys/class/net") == "lo\n"
    result = bench.sandbox.run("exec 3<>/dev/tcp/1.1.1.1/53", timeout_s=_TIMEOUT_S)
    assert result.exit_code != 0, result


@behaviour("the root file system is read-only")
def _(bench: Bench) -> None:
    for user in ("agent", "root"):
        result = bench.sandbox.run(
            "touch /usr/bin/python3 /bin/bash /etc/x /x 2>&1; cp /bin/true /bin/bash",
            timeout_s=_TIMEOUT_S,
            user="root" if user == "root" else "agent",
        )
        assert result.exit_code != 0, (user, result)
    assert bench.out("cat /x 2>/dev/null || echo none") == "none\n"


@behaviour("/tmp and home take programs and run them")
def _(bench: Bench) -> None:
    for place in ("/tmp", "/home/agent"):
        assert bench.out(f"cd {place} && printf '#!/bin/sh\\necho ran' > p && chmod +x p && ./p") == "ran\n"


@behaviour("the workspace's size is bounded")
def _(bench: Bench) -> None:
    result = bench.sandbox.run(
        "for i in $(seq 1000); do head -c 100M /dev/zero > big$i || exit 9; done", timeout_s=_TIMEOUT_S
    )
    assert result.exit_code == 9 and not result.oom_killed, result
    used = int(bench.out("du -sm . | cut -f1"))
    bench.out("rm -f big*")
    assert used <= WORKSPACE_MB + 1, f"{used} MB"


@behaviour("the number of files is bounded")
def _(bench: Bench) -> None:
    result = bench.sandbox.run(
        "mkdir -p many && cd many && for i in $(seq 5000); do : > f$i || exit 9; done", timeout_s=_TIMEOUT_S
    )
    bench.out("rm -rf many")
    assert result.exit_code == 9, result


@behaviour("/tmp is bounded, and a full disk refuses a write without harm")
def _(bench: Bench) -> None:
    bench.sandbox.run("head -c 1G /dev/zero > /tmp/full; head -c 1G /dev/zero > full", timeout_s=_TIMEOUT_S)
    try:
        bench.sandbox.write_file("more", b"x" * 1_000_000)
    except SandboxFileError as error:
        assert "no space" in str(error).lower(), error
    else:
        raise AssertionError("a full workspace took a file")
    used = int(bench.out("du -sm /tmp | cut -f1"))
    bench.out("rm -f /tmp/full full more")
    assert used <= TMP_MB + 1, f"{used} MB"


@behaviour("a sparse file of 100 GB is no harm")
def _(bench: Bench) -> None:
    bench.sandbox.run("truncate -s 100G sparse", timeout_s=_TIMEOUT_S)
    try:
        bench.sandbox.read_file("sparse")
    except SandboxFileError as error:
        assert "too large" in str(error).lower() or "no such" in str(error).lower(), error
    bench.out("rm -f sparse")


@behaviour("a memory bomb ends itself and not the sandbox")
def _(bench: Bench) -> None:
    result = bench.sandbox.run("x=$(seq 1000000); while :; do x=$x$x; done", timeout_s=_TIMEOUT_S)
    assert result.oom_killed or result.exit_code != 0, result
    _still_usable(bench)


@behaviour("a fork bomb is ended by the time limit")
def _(bench: Bench) -> None:
    result = bench.sandbox.run("b() { b | b & }; b; sleep 100", timeout_s=1)
    assert result.timed_out or result.exit_code != 0, result
    _still_usable(bench)


@behaviour("a fork bomb whose shell returns at once leaves the sandbox usable")
def _(bench: Bench) -> None:
    bench.sandbox.run("b() { b | b & b; }; b & sleep 0.3; exit 0", timeout_s=_TIMEOUT_S)
    _still_usable(bench)


@behaviour("the process limit holds")
def _(bench: Bench) -> None:
    bench.sandbox.end_processes()
    bench.out("while set -- /proc/[0-9]*; [ $# -gt 9 ]; do sleep 0.1; done")  # an earlier bomb may still be dying
    # The counting shell uses builtins only, since nothing can be started once the limit is reached.
    count = "SECONDS=0; while [ $SECONDS -lt 2 ]; do :; done; set -- /proc/[0-9]*; echo $# > /tmp/count"
    result = bench.sandbox.run(f"(for i in $(seq 200); do sleep 100 & done) & {count}; kill -9 -1", timeout_s=20)
    assert bench.sandbox.stat("/tmp/count") is not None, f"the count was not written: {result!r}"
    counted = int(bench.sandbox.read_file("/tmp/count"))
    assert bench.spec.pids // 2 < counted <= bench.spec.pids, counted
    _still_usable(bench)


@behaviour("kill -9 -1 hits only its own")
def _(bench: Bench) -> None:
    result = bench.sandbox.run("kill -9 -1; kill -9 $(ls /proc | grep -E '^[0-9]+$'); sleep 5", timeout_s=_TIMEOUT_S)
    assert not result.timed_out, result
    _still_usable(bench)


@behaviour("stopping everything stops nothing of ours")
def _(bench: Bench) -> None:
    bench.sandbox.run("kill -STOP -1; kill -STOP $$", timeout_s=1)
    _still_usable(bench)


@behaviour("stopping and killing everything without end, from the background, reaches none of ours")
def _(bench: Bench) -> None:
    for signal in ("STOP", "9"):
        bench.sandbox.run(f"setsid sh -c 'while :; do kill -{signal} -1; done' & sleep 0.1", timeout_s=5)
        for _round in range(5):
            bench.sandbox.run("echo x", timeout_s=0.5)  # may be hit itself; its time limit ends the other
        bench.sandbox.end_processes()
        _still_usable(bench)


@behaviour("processes left running can be ended")
def _(bench: Bench) -> None:
    bench.sandbox.run("setsid sleep 7001 & setsid sleep 7002 &", timeout_s=_TIMEOUT_S)
    bench.sandbox.end_processes()
    assert "sleep 700" not in bench.out("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")


@behaviour("endless output from a process left running harms nothing")
def _(bench: Bench) -> None:
    bench.sandbox.run("yes & yes >&2 &", timeout_s=_TIMEOUT_S)
    for _round in range(3):
        _still_usable(bench)
    bench.sandbox.end_processes()


@behaviour("root's closed directories are closed")
def _(bench: Bench) -> None:
    result = bench.sandbox.run("ls /root 2>&1 || cat /etc/shadow 2>&1", timeout_s=_TIMEOUT_S)
    assert result.exit_code != 0, result


@behaviour("the server's own process is out of reach")
def _(bench: Bench) -> None:
    result = bench.sandbox.run(
        'for p in /proc/[0-9]*; do [ "$(stat -c %u $p)" = 0 ] && '
        "{ ls $p/fd/ 2>/dev/null | grep . && exit 3; head -c1 $p/mem 2>/dev/null | grep . && exit 4; "
        "echo -1000 2>/dev/null > $p/oom_score_adj && exit 5; }; done; exit 0",
        timeout_s=_TIMEOUT_S,
    )
    assert result.exit_code == 0, result
