"""Templates: which are, what they refer to, and their rendering.

Sandboxed Jinja with StrictUndefined: a task directory is data of strangers, so a template must not reach the host.
Every variable is text in a template; ``{{ port | int + 1 }}`` computes.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from agentbench.errors import TaskError, did_you_mean

SUFFIX = ".j2"
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
    try:
        return _undeclared(source)
    except TemplateSyntaxError as error:
        raise TaskError(f"{where}: line {error.lineno}: malformed template: {error.message}") from error


def unknown_variable(where: str, name: str, known: Mapping[str, object]) -> str:
    """Return the message about a variable that no table defines."""
    return f"{where}: unknown variable '{name}'{did_you_mean(name, known)}"


@functools.lru_cache(maxsize=4096)
def _undeclared(source: str) -> frozenset[str]:
    return frozenset(meta.find_undeclared_variables(_environment.parse(source))) - set(_environment.globals)


@functools.lru_cache(maxsize=4096)
def _compiled(source: str) -> Template:
    return _environment.from_string(source)
