"""The truth of must-copy slots: does what the agent wrote exist, and what stands closest to it?

Similarity is rapidfuzz's ``ratio`` / 100 (indel distance); below 0.6 nothing counts as close. Found when the call
runs, since nobody can know it afterwards.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process

from agentbench.agent.definition import SandboxFace, Slot
from agentbench.errors import SandboxFileError
from agentbench.records import CopySlotKind

CLOSE = 0.6
_MAX_PASSAGE_CHARS = 4_000
_MAX_TEXT_CHARS = 400_000
_MAX_TEST_FILES = 200
_MAX_TEST_FILE_BYTES = 256 * 1024
_TEST_NAME = re.compile(r"(?:^|[/_.-])(?:tests?|spec)(?:[/_.-]|$)|test_|Test", re.IGNORECASE)
_PYTHON_TEST = re.compile(r"^\s*(?:def|class)\s+(test\w*|Test\w*)", re.MULTILINE)


def nearest_passage(old: str, text: str) -> tuple[str, float, int] | None:
    """Return the passage of ``text`` most like ``old``, its similarity and its first line (from 1), if any is close."""
    needle, hay = old[:_MAX_PASSAGE_CHARS], text[:_MAX_TEXT_CHARS]
    if not needle or not hay:
        return None
    found = fuzz.partial_ratio_alignment(needle, hay, score_cutoff=CLOSE * 100)
    if found is None:
        return None
    start, end = _whole(len(needle), found.dest_start, found.dest_end, len(hay))
    similarity = fuzz.ratio(needle, hay[start:end]) / 100
    if similarity < CLOSE:
        return None
    return hay[start:end], similarity, hay.count("\n", 0, start) + 1


def _whole(length: int, start: int, end: int, limit: int) -> tuple[int, int]:
    """Widen an alignment that was trimmed at an end of the text, so that the passage shows what stands there."""
    if start == 0:
        end = max(end, min(length, limit))
    if end == limit:
        start = min(start, max(limit - length, 0))
    return start, end


def nearest_name(name: str, known: Iterable[str]) -> tuple[str, float] | None:
    """Return the known name most like ``name`` and their similarity, if any is close."""
    found = process.extractOne(name, list(known), scorer=fuzz.ratio, score_cutoff=CLOSE * 100)
    return (found[0], found[1] / 100) if found else None


def path_slot(sandbox: SandboxFace, path: str, json_path: str, *, exists: bool) -> Slot:
    """Return the slot of a path that must exist; when it does not, with the nearest path of the workspace."""
    if exists:
        return Slot(CopySlotKind.PATH, json_path, path, exists=True)
    near = nearest_name(_plain(path), workspace_paths(sandbox))
    return Slot(CopySlotKind.PATH, json_path, path, False, *(near or (None, None)))


def workspace_paths(sandbox: SandboxFace) -> list[str]:
    """Return all paths below the workspace, relative, without version control's own."""
    try:
        entries = sandbox.list_files(".")
    except SandboxFileError:
        return []
    paths = (_plain(entry.path) for entry in entries)
    return [path for path in paths if not path.startswith(".git/")]


def selector_slot(sandbox: SandboxFace, selector: str, json_path: str) -> Slot:
    """Return the slot of a test selector.

    A selector exists if it is a path of the workspace, ``path::name`` or ``pkg.module.name`` whose names stand in that
    file, or else a text that stands in any test file.
    """
    paths = workspace_paths(sandbox)
    path, names = _split_selector(selector, paths)
    if path is not None:
        text = _text(sandbox, path) if names else ""
        missing = [name for name in names if not re.search(rf"\b{re.escape(name)}\b", text)]
        if not missing:
            return Slot(CopySlotKind.TEST_SELECTOR, json_path, selector, exists=True)
    tests = [path for path in paths if _TEST_NAME.search(path)][:_MAX_TEST_FILES]
    texts = {path: _text(sandbox, path) for path in tests}
    if path is None and any(selector in text for text in texts.values()):
        return Slot(CopySlotKind.TEST_SELECTOR, json_path, selector, exists=True)
    near = nearest_name(selector, _selectors(texts, dotted="." in selector and "/" not in selector))
    return Slot(CopySlotKind.TEST_SELECTOR, json_path, selector, False, *(near or (None, None)))


def _split_selector(selector: str, paths: Sequence[str]) -> tuple[str | None, list[str]]:
    known = set(paths)
    path, *names = selector.split("::")
    if _plain(path) in known:
        return _plain(path), [name.split("[", 1)[0] for name in names]
    parts = selector.split(".")
    for cut in range(len(parts), 0, -1):
        stem = "/".join(parts[:cut])
        for candidate in (stem + ".py", stem):
            if candidate in known:
                return candidate, parts[cut:]
    return None, []


def _selectors(texts: dict[str, str], *, dotted: bool) -> set[str]:
    """Return the selectors that would have named something, in the spelling of the one that was written."""
    found: set[str] = set()
    for path, text in texts.items():
        stem = path.removesuffix(".py").replace("/", ".")
        found.add(stem if dotted else path)
        for name in _PYTHON_TEST.findall(text):
            found.update((f"{stem}.{name}" if dotted else f"{path}::{name}", name))
    return found


def _text(sandbox: SandboxFace, path: str) -> str:
    try:
        return sandbox.read_file(path, max_bytes=_MAX_TEST_FILE_BYTES).decode(errors="replace")
    except SandboxFileError:
        return ""


def _plain(path: str) -> str:
    """Return a path in the one spelling: relative to the workspace, no ``./``."""
    return posixpath.normpath(path.removeprefix("/workspace/"))
