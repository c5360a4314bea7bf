from __future__ import annotations

import pytest

from agentbench.errors import SandboxDiedError, SandboxError
from agentbench.records import CarryReport, FileContent, SandboxProfile, SandboxSpec
from agentbench.sandbox import DockerProvider, Sandbox

pytestmark = pytest.mark.docker


def carried(provider: DockerProvider, image: str, script: str) -> tuple[Sandbox, CarryReport]:
    spec = SandboxSpec(image=image, workspace_mb=32)
    source = provider.create(spec)
    source.run(script, timeout_s=30)
    grader, report = provider.create_grader(spec, source)
    assert source.closed
    with pytest.raises(SandboxDiedError):
        source.run("true", timeout_s=5)
    return grader, report


def test_files_arrive_with_contents_modes_and_times(provider: DockerProvider, image: str) -> None:
    script = r"""
    mkdir -p src/empty "odd dir"; printf 'a\0b' > src/data; printf '#!/bin/sh\necho ran\n' > src/run; chmod 750 src/run
    echo x > "odd dir/$(printf 'n\377\nl')"; ln src/data src/hard; ln -s data src/link; ln -s nowhere src/dangling
    ln -s /workspace/src/run src/absolute; touch -d '2001-02-03 04:05:06 UTC' src/data
    """
    grader, report = carried(provider, image, script)
    assert report.dropped == []
    assert grader.read_file("src/data") == b"a\0b"
    assert grader.run("src/run; src/absolute; cat src/link", timeout_s=10).stdout == "ran\nran\na\0b"
    shown = grader.run("stat -c '%u %a %Y' src/data src/run src/empty; stat -c %h src/hard", timeout_s=10).stdout
    assert shown.splitlines()[0] == "1000 644 981173106"
    assert [line.split()[:2] for line in shown.splitlines()[1:3]] == [["1000", "754"], ["1000", "755"]]
    assert shown.splitlines()[3] == "2"
    assert (
        grader.run("find 'odd dir' -type f | wc -l; readlink src/dangling", timeout_s=10).stdout.split()[-1]
        == "nowhere"
    )
    grader.close()


def test_a_source_that_is_kept_can_be_carried_over_again(provider: DockerProvider, image: str) -> None:
    spec = SandboxSpec(image=image)
    source = provider.create(spec)
    source.run("echo first > work; sleep 600 &", timeout_s=10)
    first, _ = provider.create_grader(spec, source, keep_source=True)
    first.run("echo spoilt > work", timeout_s=10)
    first.close()
    second, _ = provider.create_grader(spec, source)
    assert second.read_file("work") == b"first\n"
    assert source.closed
    second.close()


@pytest.mark.parametrize(
    ("made", "path", "reason"),
    [
        ("ln -s /tests/expected answer", "answer", "leaves the workspace"),
        ("ln -s ../tests/expected answer", "answer", "leaves the workspace"),
        ("ln -s / root", "root", "leaves the workspace"),
        ("ln -s /proc/self/environ e", "e", "leaves the workspace"),
        ("mkdir -p p/q && ln -s ../.. p/q/up && ln -s p/q/up/../tests/x answer", "answer", "leaves the workspace"),
        ("mkdir d && ln -s .. d/here && ln -s d/here/../solution/x deep", "deep", "leaves the workspace"),
        ("mkfifo pipe", "pipe", "fifo"),
        ("python3 -c \"import socket; socket.socket(socket.AF_UNIX).bind('sock')\"", "sock", "socket"),
        ("truncate -s 100G sparse", "sparse", "limit"),
        ("echo > s; chmod 6755 s", "s", "set-id"),
    ],
)
def test_what_could_lie_or_harm_is_dropped_and_reported(
    provider: DockerProvider, image: str, made: str, path: str, reason: str
) -> None:
    grader, report = carried(provider, image, f"{made}; echo kept > kept")
    assert len(report.dropped) == 1 and report.dropped[0].startswith(f"{path}: ") and reason in report.dropped[0], (
        report
    )
    assert grader.read_file("kept") == b"kept\n"
    found = grader.stat(path)
    assert found is None or (reason == "set-id" and found.mode == 0o755)
    grader.close()


def test_what_the_agent_made_unreadable_is_readable(provider: DockerProvider, image: str) -> None:
    grader, report = carried(provider, image, "mkdir -p a/b; echo x > a/b/c; chmod 000 a/b/c a/b a; chmod 000 .")
    assert report.dropped == [] and (report.files, report.bytes) == (1, 2)
    assert grader.read_file("a/b/c") == b"x\n"
    assert grader.run("cat a/b/c", timeout_s=10, user="root").stdout == "x\n"
    grader.close()


def test_a_full_and_a_deep_workspace_arrive(provider: DockerProvider, image: str) -> None:
    script = """
    d=.; for i in $(seq 100); do d=$d/d; mkdir $d; done; echo x > $d/x
    for i in $(seq 500); do truncate -s 10M sparse$i; done; head -c 1G /dev/zero > full
    """
    grader, report = carried(provider, image, script)
    assert any("deeper than" in line for line in report.dropped), report
    assert grader.run("ls sparse* | wc -l; stat -c %s sparse7", timeout_s=10).stdout.split() == ["500", "10485760"]
    assert report.bytes <= 32 << 20
    grader.close()


def test_processes_of_the_agent_are_gone_before_the_copy(provider: DockerProvider, image: str) -> None:
    writer = "setsid sh -c 'while :; do echo more >> growing; done' & sleep 0.2; echo ok > done"
    grader, report = carried(provider, image, writer)
    assert report.dropped == []
    size = grader.stat("growing")
    assert grader.run("pgrep sh", timeout_s=10).stdout == ""
    assert size == grader.stat("growing")
    grader.close()


def test_the_source_is_for_root_only_and_read_only(provider: DockerProvider, image: str) -> None:
    grader, _ = carried(provider, image, "echo x > f")
    assert grader.run("ls /carry/source", timeout_s=10).exit_code != 0
    assert grader.run("touch /carry/source/x", timeout_s=10, user="root").exit_code != 0
    grader.put_tree("/tests", {"hidden": FileContent(data=b"h")}, owner="root", dir_mode=0o700)
    assert grader.run("cat /tests/hidden", timeout_s=10).exit_code != 0
    assert grader.run("mkdir -p -m 700 /logs/verifier && cat /tests/hidden", timeout_s=10, user="root").stdout == "h"
    assert grader.run("echo 1 > /logs/verifier/reward.txt", timeout_s=10).exit_code != 0
    grader.close()


def test_a_dead_source_cannot_be_graded(provider: DockerProvider, image: str) -> None:
    spec = SandboxSpec(image=image)
    source = provider.create(spec)
    source.close()
    with pytest.raises(SandboxDiedError):
        provider.create_grader(spec, source)


def test_a_harbor_sandbox_has_nothing_to_carry(provider: DockerProvider, image: str) -> None:
    spec = SandboxSpec(image=image, profile=SandboxProfile.HARBOR)
    source = provider.create(spec)
    with pytest.raises(SandboxError, match="no workspace volume"):
        provider.create_grader(SandboxSpec(image=image), source)
    source.close()
