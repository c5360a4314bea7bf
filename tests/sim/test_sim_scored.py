"""The matrix planted x scored: what the simulated model plants is what scoring finds, class by class."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from agentbench.agent import ChatClient
from agentbench.records import CallClass, Case, Episode, Evidence, Outcome, Probe, ScoredEpisode
from agentbench.scoring import score
from agentbench.sim import CALL_FAULTS, DETAIL_FAULTS
from tests.agent.local_sandbox import LocalSandbox
from tests.sim.sim_helpers import make_case, native_tasks, rendered_case, run_case, serving

REPLY_FAULTS = ["reasoning_only", "empty", "duplicate_id", "finish_reason", "loop"]


def scored(client: ChatClient, case: Case, root: Path) -> ScoredEpisode:
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
    return score(
        Episode(
            case=case,
            quant="q",
            end=run.end,
            outcome=Outcome.SOLVED,
            details=rendered.details,
            trajectory=run.trajectory,
            evidence=Evidence(probes=probes, reward=1.0),
            usage=run.usage,
        )
    )


def matrix(faults: dict[str, float], tmp_path: Path, variants: int) -> tuple[Counter[Any], Counter[Any]]:
    """Return (planted, scored) over all tasks: per case and class, details by id."""
    planted: Counter[Any] = Counter()
    found: Counter[Any] = Counter()
    with serving(faults) as (url, model), ChatClient(url, "sim") as client:
        for number, task_id in enumerate(native_tasks() * variants):
            case = make_case(task_id, variant=number)
            result = scored(client, case, tmp_path / f"w{number}")
            for kind, count in {**result.calls, **result.reply_classes}.items():
                found[case.id, kind.value] += count
            if result.language_runs:
                found[case.id, "language"] = result.language_runs
            found.update(
                (case.id, finding.detail_id, finding.detail_class.value)
                for finding in result.detail_findings
                if finding.detail_class.is_error
            )
            assert result.copy_errors == 0
        for case_id, entry in model.ledger.planted().items():
            planted.update({(case_id, kind): count for kind, count in entry["classes"].items()})
            planted.update((case_id, detail["detail_id"], detail["detail_class"]) for detail in entry["details"])
    return planted, found


@pytest.mark.slow
@pytest.mark.parametrize(
    "faults",
    [
        {},
        {"malformed": 0.1},
        {"stale": 0.15},
        {"near_miss": 0.15},
        {"omitted": 0.15},
        {"language": 0.3},
        dict.fromkeys([*CALL_FAULTS, *REPLY_FAULTS], 0.05) | dict.fromkeys(DETAIL_FAULTS, 0.1) | {"language": 0.1},
    ],
    ids=["clean", "malformed", "stale", "near_miss", "omitted", "language", "everything"],
)
def test_planted_is_scored(tmp_path: Path, faults: dict[str, float]) -> None:
    planted, found = matrix(faults, tmp_path, variants=1)
    assert planted == found
    kinds = {key[-1] for key in planted}
    assert kinds == {"valid"} if not faults else kinds > {"valid"}


def test_classes_of_the_table_are_all_planted() -> None:
    per_reply = {"reasoning_only", "empty", "duplicate_id", "finish_reason", "loop"}
    assert {kind.value.rpartition(":")[2] for kind in CallClass if kind.per_reply} == per_reply
    assert set(CALL_FAULTS.values()) == {kind for kind in CallClass if not kind.per_reply} - {CallClass.VALID}
