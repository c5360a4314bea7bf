"""Names that written Python code takes from the workspace: must-copy slots in call sites and imports.

Only where the workspace knows the truth:

1. ``from module import name``, where the module is a file of the workspace;
2. ``module.name(...)`` of such a module;
3. ``name(...)`` that the file itself must bind, unless it is a builtin;
4. ``self.name(...)`` in a class without bases.

A name that the code itself binds to something foreign (an argument, another package's import) is no copy of anything.
Each name counts once per text, and only if it stands in the text that the model wrote. Other languages have no slots
here: what their names refer to cannot be told without their compilers.
"""

from __future__ import annotations

import ast
import builtins
import posixpath
import re
import threading
import warnings
from collections.abc import Iterator, Mapping

from agentbench.agent.copying import nearest_name, workspace_paths
from agentbench.agent.definition import SandboxFace, Slot
from agentbench.errors import SandboxFileError
from agentbench.records import CopySlotKind

_MAX_MODULES = 20
_MAX_BYTES = 256 * 1024
_BUILTINS = frozenset(dir(builtins))
_warning_filters = threading.Lock()


def identifier_slots(sandbox: SandboxFace, path: str, text: str, written: Mapping[str, str]) -> list[Slot]:
    """Return the slots of a Python file as it is after a write.

    Args:
        sandbox: The workspace.
        path: The file.
        text: Its whole text.
        written: What the model wrote of it, by JSON path.

    """
    tree = _parse(text) if path.endswith(".py") else None
    if tree is None:
        return []
    modules = _Modules(sandbox, posixpath.normpath(path.removeprefix("/workspace/")))
    slots: dict[str, Slot] = {}
    for name, known in _names(tree, modules):
        place = next((where for where, part in written.items() if re.search(rf"\b{name}\b", part)), None)
        if place is None or name in slots:
            continue
        if name in known:
            slots[name] = Slot(CopySlotKind.IDENTIFIER, place, name, exists=True)
        else:
            near = nearest_name(name, sorted(known))
            slots[name] = Slot(CopySlotKind.IDENTIFIER, place, name, False, *(near or (None, None)))
    return list(slots.values())


def _parse(text: str) -> ast.Module | None:
    try:
        with _warning_filters, warnings.catch_warnings():  # filters are the whole process's
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class _Modules:
    """The workspace's modules, read when asked for."""

    def __init__(self, sandbox: SandboxFace, file: str) -> None:
        self._sandbox, self._file = sandbox, file
        self._paths: set[str] | None = None
        self._names: dict[str, set[str]] = {}

    def names_of(self, module: str, level: int) -> set[str] | None:
        """Return what a module binds at its top, and its submodules; None if it is none of the workspace's."""
        if self._paths is None:
            self._paths = set(workspace_paths(self._sandbox))
        for base in self._bases(level):
            stem = posixpath.normpath(posixpath.join(base, module.replace(".", "/")))
            for candidate in (f"{stem}.py", f"{stem}/__init__.py"):
                if candidate in self._paths:
                    return self._read(candidate, stem)
        return None

    def _bases(self, level: int) -> list[str]:
        here = posixpath.dirname(self._file)
        if not level:
            return list(dict.fromkeys((".", here or ".", "src")))
        for _ in range(level - 1):
            here = posixpath.dirname(here)
        return [here or "."]

    def _read(self, path: str, stem: str) -> set[str] | None:
        if path not in self._names:
            if len(self._names) >= _MAX_MODULES:
                return None
            try:
                tree = _parse(self._sandbox.read_file(path, max_bytes=_MAX_BYTES).decode(errors="replace"))
            except SandboxFileError:
                tree = None
            if tree is None or _is_open(tree):
                return None
            below = {posixpath.relpath(one, stem) for one in self._paths or () if one.startswith(f"{stem}/")}
            self._names[path] = _bound(tree) | {one.split("/")[0].removesuffix(".py") for one in below}
        return self._names[path]


def _names(tree: ast.Module, modules: _Modules) -> Iterator[tuple[str, set[str]]]:
    """Yield each name that refers to something of the workspace, with the names that are there to refer to."""
    imported: dict[str, set[str]] = {}
    foreign: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            known = modules.names_of(node.module or "", node.level)
            for alias in node.names:
                if known is None:
                    foreign.add(alias.asname or alias.name)
                    continue
                yield alias.name, known
                inner = modules.names_of(f"{node.module}.{alias.name}" if node.module else alias.name, node.level)
                if inner is not None:
                    imported[alias.asname or alias.name] = inner
        elif isinstance(node, ast.Import):
            for alias in node.names:
                known = modules.names_of(alias.name, 0)
                if known is not None and (alias.asname or "." not in alias.name):
                    imported[alias.asname or alias.name] = known
    yield from _calls(tree, imported, foreign)
    yield from _own_methods(tree)


def _calls(tree: ast.Module, imported: Mapping[str, set[str]], foreign: set[str]) -> Iterator[tuple[str, set[str]]]:
    defined, open_ = _bound(tree), _is_open(tree)
    elsewhere = _BUILTINS | foreign | (_bound_anywhere(tree) - defined)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            known = imported.get(function.value.id)
            if known is not None:
                yield function.attr, known
        elif isinstance(function, ast.Name) and not open_ and function.id not in elsewhere:
            yield function.id, defined


def _own_methods(tree: ast.Module) -> Iterator[tuple[str, set[str]]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef) or node.bases or node.keywords or node.decorator_list:
            continue
        known = _bound_anywhere(node) | {
            one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store)
        }
        if "__getattr__" in known or "setattr" in {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}:
            continue
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                owner = call.func.value
                if isinstance(owner, ast.Name) and owner.id == "self" and not call.func.attr.startswith("__"):
                    yield call.func.attr, known


def _is_open(tree: ast.Module) -> bool:
    """Return whether a module may bind names that its text does not show."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("globals", "exec"):
            return True
    return "__getattr__" in _bound(tree)


def _bound(tree: ast.Module) -> set[str]:
    """Return the names that a module's own level binds, inside its ``if``, ``try``, ``with`` and loops too."""
    found: set[str] = set()
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop()
        found |= _binds(node)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            pending += ast.iter_child_nodes(node)
    return found


def _bound_anywhere(tree: ast.AST) -> set[str]:
    return {name for node in ast.walk(tree) for name in _binds(node)}


def _binds(node: ast.AST) -> set[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {(alias.asname or alias.name).split(".")[0] for alias in names}
        case ast.Name(id=name, ctx=ast.Store()):
            return {name}
        case ast.arg(arg=name):
            return {name}
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return {name}
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return set(names)
    return set()
