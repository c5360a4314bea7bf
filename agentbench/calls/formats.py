"""JSON Schema's ``format`` keyword for tool arguments, by our own small checks.

What is checked must not depend on which optional packages happen to be installed (jsonschema's own checkers do, and
one of them takes seconds to import), or two machines would score the same call differently. A format that is not in
the table below is not checked. Checks follow the RFCs where a tool would care, not to the last comma.
"""

from __future__ import annotations

import datetime as dt
import functools
import ipaddress
import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from jsonschema import FormatChecker

_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_URI_CHARS = r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})"


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


def _date(text: str) -> bool:
    return re.fullmatch(r"\d{4}-\d\d-\d\d", text) is not None and _runs(dt.date.fromisoformat, text)


def _date_time(text: str) -> bool:
    return len(text) > 11 and text[10] in "Tt " and _date(text[:10]) and _matches(_TIME)(text[11:])


def _runs(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except (ValueError, RecursionError, OverflowError):
        return False
    return True


def _is_regex(text: str) -> bool:
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError):
        return False
    return True


FORMATS: dict[str, Callable[[str], bool]] = {
    "date": _date,
    "time": _matches(_TIME),
    "date-time": _date_time,
    "duration": _matches(
        r"P(?!$)(?:\d+W|(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?)"
    ),
    "email": _matches(rf"[^\s@\"(),:;<>\[\]\\]+@{_LABEL}(?:\.{_LABEL})*"),
    "hostname": _matches(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*"),
    "ipv4": functools.partial(_runs, ipaddress.IPv4Address),
    "ipv6": functools.partial(_runs, ipaddress.IPv6Address),
    "uri": _matches(rf"[A-Za-z][A-Za-z0-9+.\-]*:{_URI_CHARS}+"),
    "uri-reference": _matches(rf"{_URI_CHARS}*"),
    "uuid": lambda text: len(text) == 36 and all(text[at] == "-" for at in (8, 13, 18, 23)) and _runs(UUID, text),
    "json-pointer": _matches(r"(?:/(?:[^~/]|~[01])*)*"),
    "regex": _is_regex,
}


@functools.cache
def format_checker(*names: str) -> FormatChecker:
    """Return the checker of the table above, or of these rows of it, for jsonschema."""
    from jsonschema import FormatChecker

    checker = FormatChecker(formats=())
    for name in names or FORMATS:
        checker.checks(name)(functools.partial(_holds, FORMATS[name]))
    return checker


def _holds(holds: Callable[[str], bool], value: object) -> bool:
    return not isinstance(value, str) or holds(value)
