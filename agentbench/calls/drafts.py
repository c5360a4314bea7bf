"""The drafts of JSON Schema, and how arguments are checked where a part of a schema cannot be.

A pattern that is no regular expression, a reference that leads nowhere, a number too large to be divided: jsonschema
raises over these, and what it would have found behind them is lost. Here the keyword concerned violates nothing, and
everything beside it is still checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

_Check: TypeAlias = "Callable[[Validator, Any, Any, Mapping[str, Any]], Iterator[ValidationError] | None]"
_TURNING = ("not", "oneOf", "if", "contains", "unevaluatedItems", "unevaluatedProperties")
"""Keywords by which a part that holds can make the whole fail: one that cannot be checked must not seem to hold."""


def draft_of(schema: Mapping[str, Any]) -> type[Validator]:
    """Return the validator of the draft that a schema names, of 2020-12 where it names none that is known."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import validator_for

    named = schema.get("$schema")
    found: type[Validator] = validator_for({"$schema": str(named)}, default=Draft202012Validator)
    return found


@cache
def passing_over(draft: type[Validator]) -> type[Validator]:
    """Return a draft's validator that passes over what cannot be checked."""
    from jsonschema.validators import extend

    kept = {keyword: _kept(keyword, check, draft) for keyword, check in draft.VALIDATORS.items()}
    made: type[Validator] = extend(draft, kept)  # type: ignore[no-untyped-call]
    return made


def _kept(keyword: str, check: _Check, draft: type[Validator]) -> _Check:
    from jsonschema.exceptions import UnknownType
    from referencing.exceptions import Unresolvable

    # the last two: a reference to something that is no schema
    uncheckable = (re.error, Unresolvable, UnknownType, OverflowError, AttributeError, TypeError)

    def found(validator: Validator, value: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[ValidationError]:
        if keyword in _TURNING:
            # the draft's own validator goes on from here, and raises
            validator = validator.evolve(schema={"$schema": draft.META_SCHEMA["$schema"]})
        parts = [{name: inner} for name, inner in value.items()] if keyword == "patternProperties" else [value]
        for part in parts:
            with suppress(*uncheckable):
                yield from check(validator, part, instance, schema) or ()

    return found
