"""What a request set's run is compared with: a stored reference, another run, or result files of the verifiers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from agentbench.errors import ReferenceMismatchError, StoreError
from agentbench.records import Lock, PlannedRun, ScoredEpisode, digest
from agentbench.runner import RunSettings
from agentbench.runner.references import LAST, Compared, compared_with
from agentbench.store import (
    Journal,
    Reference,
    as_reference,
    hard_differences,
    load_reference,
    previous_run,
)
from agentbench.verify.judging import score_request
from agentbench.verify.planning import digest_of
from agentbench.verify.results import Asked, ForeignResults, read_results, result_files


def find_compared(
    settings: RunSettings, quant: str, plan: PlannedRun, lock: Lock, asked: Asked, *, before: str = "~"
) -> Compared | None:
    """Return what ``--reference`` names, in the run's cells; None if it names nothing.

    Raises:
        StoreError: what was asked for is missing or damaged.
        ReferenceMismatchError: it was made under another hard lock, or with another sampling.

    """
    if not settings.reference:
        return None
    if settings.reference == LAST:
        journal = previous_run(settings.runs_dir, plan.family, quant, before=before, mode="requests")
        if journal is None:
            raise StoreError(
                f"--reference last: no complete run of '{quant}' over requests in {settings.runs_dir}; run it once "
                "without this"
            )
        return _stored(as_reference(journal), plan, lock)
    place = Path(settings.reference)
    place = place if place.is_absolute() else settings.rootdir / place
    if not place.exists():
        raise StoreError(
            f"--reference: {place}: found nothing there, expected a reference of agentbench, a run, or result files"
        )
    if place.name == "reference.json" or (place / "reference.json").is_file():
        return _stored(load_reference(place), plan, lock)
    if (place / "run.json").is_file():
        return _stored(as_reference(Journal.open(place)), plan, lock)
    return _foreign(place, asked, quant)


def _stored(reference: Reference, plan: PlannedRun, lock: Lock) -> Compared:
    if reference.head.plan.mode != "requests":
        raise StoreError(
            f"{reference.directory}: found a reference made by tasks (run {reference.head.run_id}), expected one made "
            "by `agentbench verify --save-reference`"
        )
    if differences := hard_differences(lock.hard, reference.head.lock.hard):
        first = differences[0]
        raise ReferenceMismatchError(
            f"{reference.directory}: the reference was made with another {first.key}: {first.theirs} there, "
            f"{first.ours} here; record it again with --save-reference, or name another one with --reference"
        )
    found = compared_with(reference, score_request)
    return replace(found, scored=in_cells_of(plan, found.scored), plan=None)


def in_cells_of(plan: PlannedRun, scored: Sequence[ScoredEpisode]) -> list[ScoredEpisode]:
    """Return a reference's episodes, those of requests that only moved to another line in the run's cells.

    A line that was put in before them changes the number of every later line, not one of the requests.
    """
    known = {cell.id for cell in plan.cells}
    taken = {one.case.cell.id for one in scored}
    free: dict[str, list[str]] = {}
    for one in scored:
        if one.case.cell.id not in known:
            names = free.setdefault(digest_of(one.case.cell), [])
            names += [one.case.cell.id] if one.case.cell.id not in names else []
    moved = {}
    for cell in plan.cells:
        if cell.id not in taken and free.get(digest_of(cell)):
            moved[free[digest_of(cell)].pop(0)] = cell
    return [
        one.model_copy(update={"case": one.case.model_copy(update={"cell": moved[one.case.cell.id]})})
        if one.case.cell.id in moved
        else one
        for one in scored
    ]


def told_of_counts(compared: Compared, scored: Sequence[ScoredEpisode]) -> Compared:
    """Return a reference with a note if some prompts were compared with it by their numbers of tokens only."""
    sides = [[one for one in side if one.outcome.graded and one.prompt_tokens] for side in (scored, compared.scored)]
    cells = set.intersection(*({one.case.cell.id for one in side} for side in sides))
    blind = [{one.case.cell.id for one in side if not one.token_digest} & cells for side in sides]
    if not any(blind):
        return compared
    who = " and ".join(name for name, lacking in zip(("this run", "the reference"), blind, strict=True) if lacking)
    note = (
        f"the prompts of {len(set.union(*blind))} of {len(cells)} requests were compared by their numbers of tokens, "
        f"not by their token ids, which {who} cannot tell: another template that gives equal numbers is not seen"
    )
    return replace(compared, notes=[*compared.notes, note])


def _foreign(place: Path, asked: Asked, quant: str) -> Compared:
    files = result_files(place)
    found = read_results(files, asked, quant)
    digests = [digest(path.read_bytes()) for path in files if path.stat().st_size]
    if len(digests) != len(set(digests)):
        raise StoreError(f"{place}: found the same result file twice, expected a run of its own in each; remove copies")
    return Compared(id=digest(digests)[:16], scored=found.scored, lock=None, notes=_notes(place, found))


def _notes(place: Path, found: ForeignResults) -> list[str]:
    who = f"{' and '.join(sorted(found.formats))}, model {found.model}"
    loops = "1 loop" if found.loops == 1 else f"{found.loops} loops"
    notes = [
        f"the reference is {place} ({who}; {loops}): its engine, its seeds, and the sampling that its requests leave "
        "out are not known, and were not compared"
    ]
    if found.unknown:
        notes.append(f"{found.unknown} of its results answer other requests than this set's, and were left out")
    if found.other_limits:
        more = f" and {len(found.other_limits) - 1} more" if len(found.other_limits) > 1 else ""
        notes.append(f"output limits differ: {found.other_limits[0]}{more}")
    return notes
