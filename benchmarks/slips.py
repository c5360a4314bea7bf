"""Slips and copy errors, measured: false ones on what people wrote, found ones on edits of tokens.

1. *False slips.* An older release's files are the context, a newer one's changed lines are what is "written": every
   slip found in them is taken for a false one (some are people's own typing errors, so the figure is an upper bound).
   At 8k a context is the start of the changed file itself; at 128k, of all files of the release, changed ones first.
2. *Recall.* Atoms of the held-out releases are mutated by one edit of one token (``benchmarks.mutations``) and written
   (a) into must-copy slots, through the agent's own tools over a workspace of that size: a path to read, a line to
   replace, a test to run, a name to import; (b) into new text, where only slip detection looks. Both are then scored.
"""

from __future__ import annotations

import random
import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agentbench.agent import TOOLS
from agentbench.agent.definition import ToolContext
from agentbench.errors import SandboxFileError
from agentbench.records import (
    AtifAgent,
    AtifStep,
    Case,
    Cell,
    CommandResult,
    CopySlot,
    Episode,
    EpisodeEnd,
    FileStat,
    Limits,
    Outcome,
    RawCall,
    ReplyFacts,
    Trajectory,
    canonical_json,
)
from agentbench.records.paths import cache_dir
from agentbench.scoring.atoms import KINDS
from agentbench.scoring.copying import score_copying
from agentbench.scoring.replies import read_replies
from agentbench.scoring.slips import Context, new_atoms
from agentbench.stats import clopper_pearson_lower, clopper_pearson_upper
from benchmarks import releases
from benchmarks.mutations import Mutator
from benchmarks.report import Finding, Row

SIZES = {"8k": 8 * 1024, "128k": 128 * 1024}
FALSE_TARGET = 0.005
RECALL_TARGETS = {"8k": 0.95, "128k": 0.90}
CLASSES = ("path", "identifier", "number", "literal")
SEED = 20261101


def measure(*, quick: bool) -> Finding:
    """Print both tables for the held-out releases, and the false slips of the tuning ones beside them."""
    mutator = Mutator(cache_dir() / "models" / "demo" / "bf16" / "tokenizer.json", SEED)
    held_out = releases.load(releases.HELD_OUT[:5] if quick else releases.HELD_OUT)
    tuning = releases.load(releases.TUNING[:5] if quick else releases.TUNING)
    rows, notes = [], []
    for size in SIZES:
        atoms, flagged, shown = false_slips(held_out, size, mutator)
        tuned_atoms, tuned, _ = false_slips(tuning, size, mutator)
        total, wrong = sum(atoms.values()), sum(flagged.values())
        share, tuned_share = wrong / total, sum(tuned.values()) / sum(tuned_atoms.values())
        low, high = (bound(wrong, total, 0.025) for bound in (clopper_pearson_lower, clopper_pearson_upper))
        rows.append(
            Row(
                f"false slips at {size}: {wrong} of {total}", "", share, tuned_share, None,
                f"<= {FALSE_TARGET}", share <= FALSE_TARGET,
            )
        )  # fmt: skip
        kinds = ", ".join(f"{kind} {flagged[kind]}/{atoms[kind]}" for kind in KINDS)
        notes.append(f"{size}: {kinds}; 95 % interval {low:.2%} to {high:.2%}; flagged: {'; '.join(shown)}")
    tries = 40 if quick else 150
    for size in SIZES:
        slots, elsewhere = recall(held_out, size, mutator, tries)
        for name, found in (("must-copy slots", slots), ("new text", elsewhere)):
            hits, total = sum(one[0] for one in found.values()), sum(one[1] for one in found.values())
            target = RECALL_TARGETS[size] if name == "must-copy slots" else None
            rows.append(
                Row(
                    f"recall at {size}, {name}: {hits} of {total}", "", hits / total, None, None,
                    f">= {target}" if target else "", hits / total >= target if target else None,
                )
            )  # fmt: skip
            notes.append(f"{size}, {name}: " + ", ".join(f"{kind} {hit}/{all_}" for kind, (hit, all_) in found.items()))
    return Finding("slips", f"{len(held_out)} held-out packages", "tuning packages", rows, notes)


# --- false slips ------------------------------------------------------------------------------------------------------


def false_slips(
    pairs: Sequence[releases.Pair], size: str, mutator: Mutator
) -> tuple[Counter[str], Counter[str], list[str]]:
    """Return distinct new atoms by kind, those flagged, and what was flagged."""
    atoms: Counter[str] = Counter()
    flagged: Counter[str] = Counter()
    shown = []
    for pair in pairs:
        for context_text, written in _edits(pair, size, mutator):
            context = Context()
            context.add(context_text)
            for atom in new_atoms([written], context):
                atoms[atom.kind] += 1
                target = context.target(atom)
                if target is not None:
                    flagged[atom.kind] += 1
                    shown.append(f"{pair.name}: {atom.text} for {target}")
    return atoms, flagged, shown


def _edits(pair: releases.Pair, size: str, mutator: Mutator) -> Iterator[tuple[str, str]]:
    added = pair.added()
    if size == "8k":
        for path, written in added.items():
            if path in pair.before and written.strip():
                yield mutator.cut(pair.before[path], SIZES[size]), written
        return
    changed = [pair.before[path] for path in added if path in pair.before]
    rest = [text for path, text in pair.before.items() if path not in added]
    whole = "\n".join([*changed, *rest])[: SIZES[size] * 6]
    yield mutator.cut(whole, SIZES[size]), "\n".join(added.values())


# --- recall -----------------------------------------------------------------------------------------------------------


class Files:
    """A workspace in memory: the part of a sandbox that the tools need."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = {path: text.encode() for path, text in files.items()}
        self._listed = [
            FileStat(path=path, kind="file", size_bytes=len(data), mode=0o644) for path, data in self._files.items()
        ]

    def run(self, *_: Any, **__: Any) -> CommandResult:
        return CommandResult(exit_code=0, stdout="", stderr="", duration_s=0.0)

    def read_file(self, path: str, **_: Any) -> bytes:
        if path not in self._files:
            raise SandboxFileError(f"{path} does not exist")
        return self._files[path]

    def write_file(self, path: str, data: bytes, **_: Any) -> None:
        """Nothing is kept: each try starts from the same workspace."""

    def stat(self, path: str, **_: Any) -> FileStat | None:
        return next((entry for entry in self._listed if entry.path == path), None)

    def list_files(self, *_: Any, **__: Any) -> list[FileStat]:
        return self._listed


@dataclass(frozen=True)
class Try:
    """One atom, mutated, in the call that must copy it and in a text that need not."""

    kind: str
    tool: str
    arguments: dict[str, Any]
    new_text: str
    is_atom: bool
    """Plain words are no atoms: in new text nothing is looked for."""


def recall(
    pairs: Sequence[releases.Pair], size: str, mutator: Mutator, tries: int
) -> tuple[dict[str, tuple[int, int]], dict[str, tuple[int, int]]]:
    """Return hits and tries by class, in must-copy slots and in new text."""
    slots: dict[str, list[bool]] = {kind: [] for kind in CLASSES}
    elsewhere: dict[str, list[bool]] = {kind: [] for kind in CLASSES}
    stream = random.Random(SEED)
    for pair in pairs:
        files = _workspace(pair, size, mutator, stream)
        text = "\n".join(f"{path}\n{text}" for path, text in files.items())
        sandbox, context = Files(files), Context()
        context.add(text)
        for one in _tries(files, mutator, stream, -(-tries // len(pairs))):
            slots[one.kind].append(_is_copy_error(one, sandbox, text))
            if one.is_atom:
                elsewhere[one.kind].append(any(context.target(atom) for atom in new_atoms([one.new_text], context)))
    return ({kind: (sum(found), len(found)) for kind, found in slots.items()},
            {kind: (sum(found), len(found)) for kind, found in elsewhere.items()})  # fmt: skip


def _workspace(pair: releases.Pair, size: str, mutator: Mutator, stream: random.Random) -> dict[str, str]:
    """Return files of a release, in a random order, as long as they fit into the size."""
    paths = [path for path, text in pair.after.items() if text.strip()]
    stream.shuffle(paths)
    files: dict[str, str] = {}
    left = SIZES[size]
    for path in paths:
        if left < SIZES[size] // 50:
            break
        tokens = mutator.count(pair.after[path][:400_000])
        if tokens <= left:
            files[path] = pair.after[path]
            left -= tokens
    return files


_TAKEN = {
    "number": re.compile(r"^.*\b[A-Za-z_]\w* ?[=:] ?(\d{2,})\b.*$", re.MULTILINE),
    "literal": re.compile(r"^.*([\"'])([A-Za-z][\w.@/:-]{5,40})\1.*$", re.MULTILINE),
    "identifier": re.compile(r"^(?:def|class) ([A-Za-z]+_?[A-Za-z_]*[A-Za-z])\b", re.MULTILINE),
}


def _tries(files: Mapping[str, str], mutator: Mutator, stream: random.Random, number: int) -> Iterator[Try]:
    for kind in CLASSES:
        places = list(_places(files, kind))
        stream.shuffle(places)
        made = 0
        for path, line, atom in places:
            mutated = mutator.mutate(atom)
            if made >= number:
                break
            if mutated is None or (kind == "identifier" and not mutated.isidentifier()):
                continue
            made += 1
            yield _try(kind, path, line, atom, mutated)


def _places(files: Mapping[str, str], kind: str) -> Iterator[tuple[str, str, str]]:
    """Yield file, line and atom."""
    for path, text in files.items():
        if kind == "path":
            yield path, "", path
            continue
        for found in _TAKEN[kind].finditer(text):
            yield path, found[0], found[found.re.groups]


def _try(kind: str, path: str, line: str, atom: str, mutated: str) -> Try:
    compound = kind == "number" or not re.fullmatch(r"[A-Z]?[a-z]+|[A-Z]+", atom)
    if kind == "path":
        return Try(kind, "read_file", {"path": mutated}, f"see {mutated} for it", True)
    if kind == "identifier":
        module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        code = f"from {module} import {mutated}\n"
        return Try(kind, "write_file", {"path": "use_it.py", "content": code}, f"call {mutated}() there", compound)
    wrong = line.replace(atom, mutated, 1)
    return Try(kind, "edit_file", {"path": path, "edits": [{"old": wrong, "new": "pass"}]}, wrong, compound)


def _is_copy_error(one: Try, sandbox: Files, context: str) -> bool:
    tool = TOOLS[one.tool]
    slots = tool.run(ToolContext(sandbox, Limits(), threading.Event()), one.arguments).slots
    kept = [
        CopySlot(
            call_index=0, kind=slot.kind, json_path=slot.json_path, written=slot.written, exists=slot.exists,
            nearest=slot.nearest, similarity=slot.similarity,
        )
        for slot in slots
    ]  # fmt: skip
    call = RawCall(id="1", name=one.tool, arguments=canonical_json(one.arguments))
    facts = ReplyFacts(finish_reason="tool_calls", raw_calls=[call], copy_slots=kept)
    step = AtifStep(step_id=2, source="agent", message="", extra=facts.model_dump(mode="json"))
    episode = _episode(context, step)
    return score_copying(episode, read_replies(episode.trajectory)).errors > 0


def _episode(context: str, step: AtifStep) -> Episode:
    told = AtifStep(step_id=1, source="user", message=context)
    cell = Cell(task_id="benchmarks/slips", cluster="slips", variant=0, context_tokens=SIZES["128k"])
    return Episode(
        case=Case(cell=cell, trial=0),
        quant="none",
        end=EpisodeEnd.SUBMITTED,
        outcome=Outcome.UNSOLVED,
        trajectory=Trajectory(agent=AtifAgent(name="benchmark", version="0"), steps=[told, step]),
    )
