"""Templates: the short way of plain variables gives the same text and the same errors as Jinja itself."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jinja2 import StrictUndefined, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from agentbench.errors import TaskError
from agentbench.taskset.templates import render_text, variables_of

VALUES = {"port": "8080", "name_v1": "{{ port }}", "_x": ""}
JINJA = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)

pieces = st.sampled_from(
    ["{{ port }}", "{{port}}", "{{\nname_v1 }}", "{{ _x }}", "{", "}", "{{", "}}", "{% if port %}", "{% endif %}", "{#",
     "#}", "{{- port }}", "{{ port -}}", "{{ port | int + 1 }}", "{{ true }}", "{{ range }}", "{{ 'a' }}", "{{ not }}",
     "{{ unknown }}", "text", " ", "\n", "\r\n", "\r", "ä", "$", "%}"]
)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.lists(pieces, max_size=8).map("".join))
@example("{{{ port }}")
@example("{{ port }}}")
@example("${{{ port }}}\r\n{{ name_v1 }}\n")
def test_a_text_is_what_jinja_makes_of_it(source: str) -> None:
    try:
        unknown = meta.find_undeclared_variables(JINJA.parse(source)) - set(JINJA.globals)
        expected = JINJA.from_string(source).render(VALUES) if unknown <= set(VALUES) else None
    except Exception:  # noqa: BLE001 - whatever Jinja refuses must be refused
        expected = None
    if expected is None:
        with pytest.raises(TaskError):
            render_text(source, VALUES, "file")
        return
    if "{{" not in source and "{%" not in source and "{#" not in source:
        expected = source  # no template: bytes stay as they are, line ends too
    else:
        assert variables_of(source) == unknown
    assert render_text(source, VALUES, "file") == expected
