"""Behaviours of commands: who they run as, what they see, what comes back."""

from __future__ import annotations

import threading
import time

from agentbench.errors import SandboxDiedError
from agentbench.sandbox.behaviours import Bench, behaviour


@behaviour("an exit code comes back")
def _(bench: Bench) -> None:
    result = bench.sandbox.run("exit 7", timeout_s=10)
    assert (result.exit_code, result.timed_out) == (7, False), result


@behaviour("standard output and error are apart")
def _(bench: Bench) -> None:
    result = bench.sandbox.run("echo out; echo err >&2", timeout_s=10)
    assert (result.stdout, result.stderr) == ("out\n", "err\n"), result


@behaviour("the streams can be opened by their names in /dev")
def _(bench: Bench) -> None:
    command = "echo out >/dev/stdout; echo err >/dev/stderr; cat /dev/stdin"
    result = bench.sandbox.run(command, timeout_s=10, stdin=b"in")
    assert (result.stdout, result.stderr) == ("out\nin", "err\n"), result


@behaviour("a command given as a list meets no shell")
def _(bench: Bench) -> None:
    result = bench.sandbox.run(["echo", "$HOME; *"], timeout_s=10)
    assert result.stdout == "$HOME; *\n", result


@behaviour("a program that is not there gives 127")
def _(bench: Bench) -> None:
    result = bench.sandbox.run(["no-such-program"], timeout_s=10)
    assert result.exit_code == 127, result


@behaviour("death by a signal shows as 128 plus its number")
def _(bench: Bench) -> None:
    result = bench.sandbox.run("kill -SEGV $$", timeout_s=10)
    assert result.exit_code == 139, result


@behaviour("commands run as the unprivileged agent")
def _(bench: Bench) -> None:
    seen = bench.out("id -u; id -g; id -G")
    assert seen == "1000\n1000\n1000\n", seen


@behaviour("commands have no capabilities and gain none")
def _(bench: Bench) -> None:
    seen = bench.out("grep -E '^(CapEff|CapPrm|CapInh|CapAmb|NoNewPrivs)' /proc/self/status").split()
    assert all(int(value, 16) == 0 for value in seen[1:8:2]) and seen[-1] == "1", seen


@behaviour("root can be asked for")
def _(bench: Bench) -> None:
    result = bench.sandbox.run("id -u", timeout_s=10, user="root")
    assert result.stdout == "0\n", result


@behaviour("commands start in the workspace")
def _(bench: Bench) -> None:
    seen = bench.out("pwd")
    assert seen == bench.sandbox.spec.workdir + "\n", seen


@behaviour("a working directory can be given, absolute or relative")
def _(bench: Bench) -> None:
    bench.out("mkdir -p some/place")
    for cwd, wanted in (("/tmp", "/tmp\n"), ("some/place", "/workspace/some/place\n")):
        result = bench.sandbox.run("pwd", timeout_s=10, cwd=cwd)
        assert result.stdout == wanted, result


@behaviour("a missing working directory is a failed command")
def _(bench: Bench) -> None:
    result = bench.sandbox.run("pwd", timeout_s=10, cwd="/no/such/place")
    assert result.exit_code in (126, 127) and result.stderr, result


@behaviour("the environment holds the spec's and the call's variables")
def _(bench: Bench) -> None:
    result = bench.sandbox.run('echo "$FROM_SPEC/$FROM_CALL/$HOME"', timeout_s=10, env={"FROM_CALL": "ä b"})
    assert result.stdout == "spec value/ä b//home/agent\n", result


@behaviour("nothing of one command's shell reaches the next")
def _(bench: Bench) -> None:
    bench.out("cd /tmp; export LEAK=1; umask 077")
    assert bench.out('pwd; echo "[$LEAK]"; umask') == "/workspace\n[]\n0022\n"


@behaviour("standard input is empty by default")
def _(bench: Bench) -> None:
    assert bench.out("cat; echo end") == "end\n"


@behaviour("standard input is fed, however large, and closed")
def _(bench: Bench) -> None:
    data = b"0123456789abcde\n" * 200_000
    result = bench.sandbox.run("wc -c; echo end", timeout_s=20, stdin=data)
    assert result.stdout.split() == [str(len(data)), "end"], result


@behaviour("input that the command does not read is no failure")
def _(bench: Bench) -> None:
    result = bench.sandbox.run("exec true", timeout_s=20, stdin=b"x" * 1_000_000)
    assert result.exit_code == 0, result


@behaviour("UTF-8 passes in and out")
def _(bench: Bench) -> None:
    result = bench.sandbox.run("cat; printf 'żółć 漢字 🙂'", timeout_s=10, stdin="ü→".encode())
    assert result.stdout == "ü→żółć 漢字 🙂", result


@behaviour("invalid UTF-8 is shown as escapes")
def _(bench: Bench) -> None:
    result = bench.sandbox.run(r"printf 'a\377\376b\303'", timeout_s=10)
    assert result.stdout == r"a\xff\xfeb\xc3", result


@behaviour("large output is cut and the command still ends")
def _(bench: Bench) -> None:
    result = bench.sandbox.run("seq 1000000; echo done >&2", timeout_s=30, output_limit_bytes=10_000)
    assert result.truncated and len(result.stdout) == 10_000, (result.truncated, len(result.stdout))
    assert (result.stderr, result.exit_code) == ("done\n", 0), result.stderr


@behaviour("output up to the limit is whole")
def _(bench: Bench) -> None:
    result = bench.sandbox.run("head -c 300000 /dev/zero | tr '\\0' x", timeout_s=30, output_limit_bytes=300_000)
    assert not result.truncated and len(result.stdout) == 300_000, (result.truncated, len(result.stdout))


@behaviour("a time limit ends the command and says so")
def _(bench: Bench) -> None:
    began = time.monotonic()
    result = bench.sandbox.run("echo before; sleep 60", timeout_s=2)
    took_s = time.monotonic() - began
    assert result.timed_out and result.exit_code is None and result.stdout == "before\n", result
    assert took_s < 20, f"came back after {took_s:.1f} s"


@behaviour("a time limit ends children and processes that left the session")
def _(bench: Bench) -> None:
    bench.sandbox.run(
        "sleep 6001 & (setsid sleep 6002 &) ; setsid sh -c 'trap \"\" TERM HUP; sleep 6003' & wait", timeout_s=0.5
    )
    left = bench.out("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    assert "sleep 600" not in left, left


@behaviour("a command that closes its output is still waited for")
def _(bench: Bench) -> None:
    result = bench.sandbox.run("exec >&- 2>&-; sleep 0.3; exit 5", timeout_s=10)
    assert result.exit_code == 5, result


@behaviour("a background process does not hold the command up, and goes on")
def _(bench: Bench) -> None:
    began = time.monotonic()
    result = bench.sandbox.run("(sleep 1; echo late; echo alive > later) & echo now", timeout_s=30)
    took_s = time.monotonic() - began
    assert result.exit_code == 0 and result.stdout == "now\n" and took_s < 1, (result, took_s)
    bench.out("for i in $(seq 100); do [ -s later ] && exit 0; sleep 0.1; done; exit 1")


@behaviour("calls from several threads wait for one another")
def _(bench: Bench) -> None:
    seen: list[str] = []
    threads = [
        threading.Thread(target=lambda n=n: seen.append(bench.sandbox.run(f"echo {n}", timeout_s=20).stdout))
        for n in range(8)
    ]
    assert bench.sandbox
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == [f"{n}\n" for n in range(8)], seen


@behaviour("close interrupts a call, may be repeated, and later calls raise")
def _(bench: Bench) -> None:
    sandbox = bench.fresh()
    raised = threading.Event()

    def wait() -> None:
        try:
            sandbox.run("echo started; sleep 100", timeout_s=100)
        except SandboxDiedError:
            raised.set()

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.3)
    sandbox.close()
    thread.join(10)
    assert raised.is_set(), "the call under way did not raise SandboxDiedError"
    sandbox.close()
    assert sandbox.closed
    try:
        sandbox.run("true", timeout_s=5)
    except SandboxDiedError:
        return
    raise AssertionError("a call after close did not raise SandboxDiedError")
