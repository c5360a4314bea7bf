"""Templates: which are, what they refer to, and their rendering.

Sandboxed Jinja with StrictUndefined: a task directory is data of strangers, so a template must not reach the host.
Every variable is text in a template; ``{{ port | int + 1 }}`` computes.

Most templates only put variables in. They are split once and joined, to the same text that Jinja would give: compiling
them would take most of the time in which a large project is collected.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from agentbench.errors import TaskError, did_you_mean

SUFFIX = ".j2"
_NAME = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")
_RESERVED = frozenset(
    ("true", "false", "none", "True", "False", "None", "not", "and", "or", "in", "is", "if", "else", "self", "loop")
)
"""Words that are no plain variable to Jinja."""
_NEWLINE = re.compile(r"\r\n|\r")
_environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)


def render_text(source: str, values: Mapping[str, str], where: str) -> str:
    """Render one template.

    Args:
        source: The template.
        values: The variables.
        where: File, or file and key: how the message begins.

    Raises:
        TaskError: A malformed template or a failing expression.

    """
    if not is_template(source):
        return source
    unknown = sorted(variables_of(source, where) - set(values))
    if unknown:
        raise TaskError(unknown_variable(where, unknown[0], values))
    if (parts := _split(source)) is not None:
        return "".join(values[part] if index % 2 else part for index, part in enumerate(parts))
    try:
        return _compiled(source).render(values)
    except (TemplateError, ArithmeticError, ValueError, TypeError, OverflowError) as error:
        raise TaskError(f"{where}: the template fails: {error}") from error


def is_template(source: str) -> bool:
    """Return whether Jinja would change a text at all."""
    return "{{" in source or "{%" in source or "{#" in source


def variables_of(source: str, where: str = "template") -> frozenset[str]:
    """Return the names of all variables that a template refers to; TaskError if it is malformed."""
    if not is_template(source):
        return frozenset()
    if (parts := _split(source)) is not None:
        return frozenset(parts[1::2])
    try:
        return _undeclared(source)
    except TemplateSyntaxError as error:
        raise TaskError(f"{where}: line {error.lineno}: malformed template: {error.message}") from error


def is_reserved(name: str) -> bool:
    """Return whether a name means something of Jinja's own in a template, so that no variable may bear it."""
    return name in _RESERVED or name in _environment.globals


def unknown_variable(where: str, name: str, known: Mapping[str, object]) -> str:
    """Return the message about a variable that no table defines."""
    return f"{where}: unknown variable '{name}'{did_you_mean(name, known)}"


@functools.lru_cache(maxsize=4096)
def _split(source: str) -> tuple[str, ...] | None:
    """Return text, name, text, name, ..., text; or None where anything but plain variables is put in."""
    if "{%" in source or "{#" in source:
        return None
    parts = _NAME.split(source)
    if any("{{" in text for text in parts[::2]) or any(text.endswith("{") for text in parts[:-1:2]):
        return None
    if any(is_reserved(name) for name in parts[1::2]):
        return None
    parts[::2] = [_NEWLINE.sub("\n", text) for text in parts[::2]]
    return tuple(parts)


@functools.lru_cache(maxsize=4096)
def _undeclared(source: str) -> frozenset[str]:
    return frozenset(meta.find_undeclared_variables(_environment.parse(source))) - set(_environment.globals)


@functools.lru_cache(maxsize=4096)
def _compiled(source: str) -> Template:
    return _environment.from_string(source)
