from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from agentbench.sandbox import owner

NOW_S = 1_000_000.0


def found(who: owner.Owner | None, expires_s: float | None, keep: bool = False) -> dict[str, str]:
    labels = {} if who is None else {owner.OWNER: who.label()}
    if expires_s is not None:
        labels[owner.EXPIRES] = str(int(expires_s))
    return {**labels, owner.KEEP: "1"} if keep else labels


def dead_owner() -> owner.Owner:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    return replace(owner.current_owner(), pid=child.pid, started_ticks=1)


@pytest.mark.parametrize(
    ("who", "expired", "keep", "left_over"),
    [
        ("me", False, False, False),
        ("me", True, False, False),
        ("me", False, True, False),
        ("me", True, True, True),
        ("dead", False, False, True),
        ("dead", True, False, True),
        ("dead", False, True, False),
        ("dead", True, True, True),
        ("reused pid", False, False, True),
        ("other boot", False, False, False),
        ("other boot", True, False, True),
        ("other namespace", False, False, False),
        ("other namespace", True, False, True),
        ("nobody", False, False, False),
        ("nobody", True, False, True),
    ],
)
def test_what_is_left_over(who: str, expired: bool, keep: bool, left_over: bool) -> None:
    me = owner.current_owner()
    owners = {
        "me": me,
        "dead": dead_owner(),
        "reused pid": replace(me, started_ticks=me.started_ticks - 1),
        "other boot": replace(me, boot_id="other"),
        "other namespace": replace(me, pid_namespace="1"),
        "nobody": None,
    }
    labels = found(owners[who], NOW_S - 1 if expired else NOW_S + 1, keep)
    assert owner.is_left_over(labels, NOW_S) is left_over


def test_an_owner_survives_its_label() -> None:
    me = owner.current_owner()
    assert me.pid == os.getpid()
    assert owner.parse_owner(me.label()) == me
    assert me.alive() and me.is_of_this_host()


@pytest.mark.parametrize("label", ["", "a:b:c:d", "a:b:1", "a:b:1:2:3", "not ours"])
def test_a_foreign_label_names_no_owner(label: str) -> None:
    assert owner.parse_owner(label) is None


def test_importing_the_room_does_not_import_docker() -> None:
    code = "import sys, agentbench.sandbox; sys.exit('docker' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
