"""A dead server is restarted once, a healthy one never, and a hung one is ended so that its requests fail."""

from __future__ import annotations

import pytest

from agentbench.errors import CancelledError, ServerBootError
from agentbench.records import ServerInfo
from agentbench.runner import servers
from agentbench.runner.servers import MAX_RESTARTS, ServerKeeper


class ScriptedServer:
    """A server that is what the test says it is."""

    def __init__(self) -> None:
        self.info = ServerInfo(kind="stub", base_url="http://127.0.0.1:1/v1", model="m")
        self.dead = False
        self.stopped = False

    def alive(self) -> bool:
        return not self.dead

    def stuck(self) -> str | None:
        return None

    def stop(self) -> None:
        self.stopped = True


@pytest.fixture
def booted(monkeypatch: pytest.MonkeyPatch) -> list[ScriptedServer]:
    monkeypatch.setattr(servers, "POLL_S", 3600.0)
    return []


def keeper(booted: list[ScriptedServer], ended: list[int] | None = None) -> ServerKeeper:
    def boot() -> ScriptedServer:
        booted.append(ScriptedServer())
        return booted[-1]

    return ServerKeeper(boot, lambda _: None, (ended if ended is not None else []).append)  # type: ignore[arg-type]


def test_a_lost_connection_to_a_healthy_server_is_no_death(booted: list[ScriptedServer]) -> None:
    one = keeper(booted)
    one.start()
    assert one.report_dead(one.lease()) is False
    assert len(booted) == 1
    one.stop()
    assert booted[0].stopped


def test_many_reports_of_one_death_restart_once(booted: list[ScriptedServer]) -> None:
    ended: list[int] = []
    one = keeper(booted, ended)
    one.start()
    lease = one.lease()
    booted[0].dead = True
    assert [one.report_dead(lease) for _ in range(4)] == [True] * 4
    assert len(booted) == 2
    assert one.lease().generation == 1
    assert ended == [0]
    one.stop()


def test_a_server_that_dies_again_and_again_ends_the_run(booted: list[ScriptedServer]) -> None:
    one = keeper(booted)
    one.start()
    with pytest.raises(ServerBootError, match="died"):
        for _ in range(MAX_RESTARTS + 1):
            booted[-1].dead = True
            one.report_dead(one.lease())
    one.stop()


def test_after_stop_there_is_no_lease(booted: list[ScriptedServer]) -> None:
    one = keeper(booted)
    one.start()
    one.stop()
    with pytest.raises(CancelledError):
        one.lease()
