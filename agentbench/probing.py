"""Reads a detail's value out of file bytes, and says when a wrong value is a near miss. Pure; shared by several rooms.

Two properties are deliberate:

1. The bytes come from a model, so nothing in them may hurt: a file that is too deep, too wide, cyclic, badly encoded or
   no file of its format at all reads as "no value there" (None), never as an exception.
2. Values are normalised to text as a program that loads the file would see them: an unquoted ``1.10`` in YAML is the
   number ``1.1``. Readers that only cut text out (regex, ini, text) leave it as written.
"""

from __future__ import annotations

import ast
import datetime as dt
import json
import re
import threading
import tomllib
import warnings
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

import yaml
from rapidfuzz.distance import OSA

from agentbench.records import Check, canonical_json

MAX_DEPTH = 100
"""Deeper nesting reads as unparsable: PyYAML's C loader overflows the C stack on deep input and kills the process."""
MAX_NODES = 100_000
"""Largest list or mapping that becomes a value: YAML aliases can describe one of any size in a few bytes."""

_MISSING = object()
_BAD_CONTENT = (
    *(ValueError, TypeError, SyntaxError, ArithmeticError, KeyError, IndexError),
    *(RecursionError, MemoryError, AttributeError, yaml.YAMLError),
)
_warning_filters = threading.Lock()


def read_value(check: Check, content: bytes | None) -> str | None:
    """Return the value that a check points at, normalised to text.

    Strings as they are, integers by ``str``, floats by ``repr``, booleans ``true``/``false``, null ``null``, dates in
    ISO form, lists and mappings as canonical JSON.

    Args:
        check: The place. Constraint checks have no value and give None.
        content: The file's bytes, or for ``command`` checks the standard output; None where there is no file.

    Returns:
        The value, or None if the place is absent or the file does not parse.

    Raises:
        re.error: The check's own pattern is malformed (the task loader refuses such a task).

    """
    if content is None or check.is_constraint:
        return None
    if check.command is not None or check.text:
        return _lenient(content).strip()
    if check.regex is not None:
        return _read_regex(_lenient(content), check.regex)
    if check.ini is not None:
        return _read_ini(_lenient(content), check.ini)
    try:
        return _read_structured(check, content)
    except _BAD_CONTENT:
        return None


def near_miss(expected: str, found: str) -> bool:
    """Return whether a wrong value is a slip of the right one rather than another value.

    True for any of: a Damerau-Levenshtein distance (optimal string alignment) of at most
    ``max(1, 0.2 * len(expected))``, which covers one changed, lost or doubled digit; the right text in another case;
    the right number with another, a missing or an added unit (``30s``, ``30 ms``, ``30``) or in another notation
    (``30.0``). Equal texts are no miss.
    """
    if expected == found:
        return False
    limit = int(max(1.0, 0.2 * len(expected)))
    if abs(len(expected) - len(found)) <= limit and OSA.distance(expected, found, score_cutoff=limit) <= limit:
        return True
    if expected.casefold() == found.casefold():
        return True
    ours, theirs = _number_with_unit(expected), _number_with_unit(found)
    return ours is not None and ours == theirs


def states(text: str, value: str) -> bool:
    """Return whether a text states a value as a whole word: ``80`` stands in ``port=80;``, not in ``8080``."""
    return bool(value) and re.search(whole_word(value), text) is not None


def find_whole_word(text: str, value: str) -> int:
    """Return where a text states a value; 0 where it does not."""
    match = re.search(whole_word(value), text)
    return match.start() if match else 0


def whole_word(value: str) -> str:
    """Return the pattern of a value that is not a part of a longer word or number."""
    return rf"(?<![A-Za-z0-9_]){re.escape(value)}(?![A-Za-z0-9_])"


def _lenient(content: bytes) -> str:
    return content.decode("utf-8-sig", errors="replace")


_QUANTITY = re.compile(r"([+-]?\d[\d_,]*(?:\.\d+)?(?:[eE][+-]?\d{1,3})?)\s*[A-Za-z%µ°/]{0,12}")


def _number_with_unit(text: str) -> Decimal | None:
    match = _QUANTITY.fullmatch(text.strip()) if len(text) <= 60 else None
    if match is None:
        return None
    try:
        return Decimal(match[1].replace("_", "").replace(",", ""))
    except InvalidOperation:
        return None


# --- text readers ---------------------------------------------------------------------------------------------------


def _read_regex(text: str, pattern: str) -> str | None:
    match = re.search(pattern, text, re.MULTILINE)
    if match is None:
        return None
    found: str | None = match[1] if match.re.groups else match[0]
    return found


def _read_ini(text: str, path: str) -> str | None:
    """Read ``section.key``, or ``key`` of a file without sections; the last one wins, as in env files."""
    values: dict[str, str] = {}
    section = ""
    for raw in text.splitlines():
        line = raw.strip()
        if not line or line[0] in "#;!":
            continue
        if line.startswith("[") and (end := line.find("]")) > 0:
            section = line[1:end].strip()
            continue
        key, value = _split_ini(line)
        values[f"{section}.{key}" if section else key] = value
        if section:  # configparser's keys are case-insensitive
            values.setdefault(f"{section}.{key.lower()}", value)
    return values.get(path)


_INI_LINE = re.compile(r"(?:export\s+)?([^=:]*?)\s*[=:]\s*(.*)")


def _split_ini(line: str) -> tuple[str, str]:
    match = _INI_LINE.fullmatch(line)
    if match is None:
        return line, ""
    key, value = match[1], match[2]
    if value[:1] in ("'", '"') and (end := value.find(value[0], 1)) > 0:
        return key, value[1:end]
    return key, re.split(r"\s[#;]", f" {value}", maxsplit=1)[0].strip()


# --- structured readers ---------------------------------------------------------------------------------------------


def _read_structured(check: Check, content: bytes) -> str | None:
    for path, load in ((check.json_, _load_json), (check.toml, _load_toml), (check.yaml, _load_yaml)):
        if path is not None:
            text = content.decode("utf-8-sig")
            found = (_descend(document, path.split(".")) for document in load(text))
            return next((_as_text(value) for value in found if value is not _MISSING), None)
    return _read_python(content, check.python) if check.python is not None else None


def _load_json(text: str) -> Iterator[Any]:
    yield json.loads(text)


def _load_toml(text: str) -> Iterator[Any]:
    yield tomllib.loads(text)


_YamlLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _load_yaml(text: str) -> Iterator[Any]:
    depth = 0
    for event in yaml.parse(text, Loader=_YamlLoader):
        depth += isinstance(event, yaml.events.CollectionStartEvent)
        depth -= isinstance(event, yaml.events.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise ValueError("nested too deeply")
    yield from yaml.load_all(text, Loader=_YamlLoader)  # a safe loader


def _descend(node: Any, parts: list[str]) -> Any:
    """Follow a dotted path; a mapping's key may itself hold dots, and ``-1`` is a list's last item."""
    if not parts:
        return node
    if isinstance(node, list):
        if not re.fullmatch(r"-?\d{1,9}", parts[0]):
            return _MISSING
        index = int(parts[0])
        return _descend(node[index], parts[1:]) if -len(node) <= index < len(node) else _MISSING
    if not isinstance(node, dict):
        return _MISSING
    by_text = {_key_text(key): key for key in node}
    for taken in range(1, len(parts) + 1):
        key = ".".join(parts[:taken])
        if key in by_text and (found := _descend(node[by_text[key]], parts[taken:])) is not _MISSING:
            return found
    return _MISSING


def _key_text(key: Any) -> str:
    return _scalar_text(key) or repr(key)


def _as_text(value: Any) -> str | None:
    text = _scalar_text(value)
    return canonical_json(_plain(value, [MAX_NODES], 0)) if text is None else text


def _scalar_text(value: Any) -> str | None:
    match value:
        case str():
            return value.encode(
                "utf-8", errors="replace"
            ).decode()  # JSON may hold lone surrogates, no file of ours can
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case int():
            return str(value)
        case float():
            return repr(value)
        case dt.date() | dt.time():
            return value.isoformat()
        case bytes():
            return value.decode("utf-8", errors="replace")
    return None


def _plain(value: Any, budget: list[int], depth: int) -> Any:
    budget[0] -= 1
    if budget[0] < 0 or depth > MAX_DEPTH:
        raise ValueError("too large for a value")
    if isinstance(value, dict):
        return {_key_text(key): _plain(item, budget, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, budget, depth + 1) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(_key_text(item) for item in value)
    return value if isinstance(value, str | bool | int | float | None) else _key_text(value)


# --- Python source --------------------------------------------------------------------------------------------------

_Scope = ast.Module | ast.ClassDef


def _read_python(content: bytes, path: str) -> str | None:
    tree = _parse_python(content)
    name, _, parameter = path.partition("(")
    *classes, last = name.split(".")
    scope: _Scope = tree
    for wanted in classes:
        found = [node for node in _statements(scope) if isinstance(node, ast.ClassDef) and node.name == wanted]
        if not found:
            return None
        scope = found[-1]
    node = _default(scope, last, parameter.rstrip(") ").strip()) if parameter else _assigned(scope, last)
    return None if node is None else _literal_text(node)


def _parse_python(content: bytes) -> ast.Module:
    try:
        return ast.parse(content)
    except SyntaxError:
        # Where warnings are errors, a mere `"\d"` arrives here too. Filters are the whole process's: hence the lock.
        with _warning_filters, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(content)


def _statements(scope: ast.AST) -> Iterator[ast.stmt]:
    """Yield a scope's own statements, those in its ``if``, ``try`` and ``with`` blocks included."""
    for child in ast.iter_child_nodes(scope):
        if isinstance(child, ast.stmt):
            yield child
        if isinstance(child, ast.If | ast.Try | ast.With | ast.ExceptHandler):
            yield from _statements(child)


def _assigned(scope: _Scope, name: str) -> ast.expr | None:
    value: ast.expr | None = None
    for node in _statements(scope):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if isinstance(node, ast.Assign | ast.AnnAssign) and any(
            isinstance(target, ast.Name) and target.id == name for target in targets
        ):
            value = node.value or value
    return value


def _default(scope: _Scope, function: str, parameter: str) -> ast.expr | None:
    value: ast.expr | None = None
    for node in _statements(scope):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == function:
            positional = [*node.args.posonlyargs, *node.args.args]
            defaults: list[ast.expr | None] = [None] * (len(positional) - len(node.args.defaults)) + [
                *node.args.defaults
            ]
            pairs = [
                *zip(positional, defaults, strict=True),
                *zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True),
            ]
            value = next((default for argument, default in pairs if argument.arg == parameter), value)
    return value


_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b,
}


def _literal_text(node: ast.expr) -> str | None:
    """Return a literal's value; a sum such as ``15 * 60`` is computed, any other expression is given as source."""
    try:
        return _as_text(_number(node) if isinstance(node, ast.BinOp) else ast.literal_eval(node))
    except (ValueError, TypeError, ArithmeticError):
        return ast.unparse(node)


def _number(node: ast.expr) -> int | float:
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        result: int | float = _ARITHMETIC[type(node.op)](_number(node.left), _number(node.right))
        return result
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_number(node.operand)
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        assert isinstance(node.value, int | float)
        return node.value
    raise ValueError("no number")
