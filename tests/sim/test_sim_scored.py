"""The matrix planted x scored: what the simulated model plants is what scoring finds, class by class."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentbench.agent import ChatClient
from agentbench.records import CallClass, Case, Episode, Evidence, Outcome, Probe
from agentbench.scoring import score
from agentbench.sim import CALL_FAULTS, COPY_FAULTS, DETAIL_FAULTS, MALFORMED, REPLAYED_CALL_FAULTS, REPLY_FAULTS
from benchmarks.matrix import NOTHING, RIGHT_CALL, Played, matrix, own_steps, unexplained
from tests.agent.local_sandbox import LocalSandbox
from tests.shipped import SAMPLE
from tests.sim.sim_helpers import make_case, rendered_case, run_case, serving


def played_episode(client: ChatClient, case: Case, root: Path) -> Episode:
    """Play one case over a plain directory, and grade as far as details go."""
    run = run_case(client, case, root)
    _, rendered = rendered_case(case)
    sandbox = LocalSandbox(root)
    probes = []
    for detail in rendered.details:
        check = detail.check
        if check.command is not None:
            done = sandbox.run(check.command, timeout_s=20)
            probe = Probe(detail_id=detail.id, exists=True, content=done.stdout.encode(), exit_code=done.exit_code)
        else:
            assert check.file is not None
            initial = rendered.workspace.get(check.file)
            exists = (root / check.file).exists()
            content = (root / check.file).read_bytes() if exists else None
            start = initial.data if initial else None
            probe = Probe(detail_id=detail.id, exists=exists, content=content, initial=start)
        probes.append(probe)
    changed = [path for path, content in rendered.workspace.items() if _now(root / path) != content.data]
    return Episode(
        case=case,
        quant="q",
        end=run.end,
        outcome=Outcome.SOLVED,
        details=rendered.details,
        trajectory=run.trajectory,
        evidence=Evidence(probes=probes, reward=1.0, changed_files=changed),
        usage=run.usage,
    )


def _now(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def played(faults: dict[str, float], tmp_path: Path, tasks: list[str], variants: int = 1) -> list[Played]:
    """Play tasks with faults; return every episode with its ledger."""
    found = []
    with serving(faults) as (url, model), ChatClient(url, "sim") as client:
        for number, task_id in enumerate(tasks * variants):
            case = make_case(task_id, variant=number)
            episode = played_episode(client, case, tmp_path / f"w{number}")
            entry = model.ledger.planted()[case.id]
            steps = own_steps(episode.trajectory)
            assert len(steps) > max((fault["reply"] for fault in entry["faults"]), default=0)
            found.append(Played(entry["classes"]["valid"], entry["faults"], steps, episode.end, score(episode)))
    return found


MIXED = {
    **dict.fromkeys([*MALFORMED, *REPLY_FAULTS], 0.03),
    **dict.fromkeys(DETAIL_FAULTS, 0.08),
    **dict.fromkeys(COPY_FAULTS, 0.15),
    "corrected": 0.3,
    "language": 0.1,
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "faults",
    [
        {},
        *({fault: 0.15} for fault in DETAIL_FAULTS),
        *({fault: 0.5} for fault in COPY_FAULTS),
        *({fault: 0.2} for fault in REPLAYED_CALL_FAULTS),
        {"corrected": 0.7},
        {"malformed": 0.1},
        {"language": 0.3},
        MIXED,
        MIXED | {"episode_icc": 0.4},
    ],
    ids=lambda faults: "+".join(faults) if len(faults) < 2 else "all" + "-clumped" * ("episode_icc" in faults),
)
def test_planted_is_scored_at_the_same_step_and_nothing_else(tmp_path: Path, faults: dict[str, float]) -> None:
    counts, right = matrix(played(faults, tmp_path, list(SAMPLE)))
    assert unexplained(counts, right) == {}
    assert counts["other_atom", NOTHING] <= 0.2 * counts["other_atom", "copy_error"]
    planted = {row for row, _ in counts} - {RIGHT_CALL, NOTHING}
    if "malformed" in faults:
        assert planted <= set(CALL_FAULTS)
    elif len(faults) < 2:
        assert planted == set(faults)
    else:
        assert set(faults) > planted
        assert len(planted) > len(faults) / 2


def test_classes_of_the_table_are_all_planted() -> None:
    assert {kind for kind in CallClass if kind.per_reply} == set(REPLY_FAULTS.values())
    assert set(CALL_FAULTS.values()) == {kind for kind in CallClass if not kind.per_reply} - {CallClass.VALID}
