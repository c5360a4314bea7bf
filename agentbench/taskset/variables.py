"""Draws a variant's variables: the same for the same task, variant and seed on every machine and in every process."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections.abc import Callable, Sequence

from agentbench.errors import TaskError
from agentbench.probing import near_miss
from agentbench.records import TaskSpec, Variable
from agentbench.taskset.wordlists import WORDS

_TRIES = 500
_DATES = (dt.date(2019, 1, 1), dt.date(2031, 12, 31))


def seeded(*parts: object) -> random.Random:
    """Return a generator whose stream depends on the parts' text alone (SHA-256, not ``hash``)."""
    text = "\0".join(str(part) for part in parts)
    return random.Random(int.from_bytes(hashlib.sha256(text.encode()).digest(), "big"))


def draw(task: TaskSpec, variant: int, seed: int, attempt: int = 0) -> dict[str, str]:
    """Draw all variables of a variant, as text.

    Each variable has a stream of its own, so that adding one leaves the others as they were. ``differs`` holds in both
    directions and keeps values further apart than a near miss.

    Args:
        task: The task.
        variant: Its variant, from 0.
        seed: The run's base seed.
        attempt: Above 0, another draw: rendering takes it where the first one collides with the workspace by chance.

    Raises:
        TaskError: No value lies far enough from the others.

    """
    values: dict[str, str] = {}
    for name, variable in task.variables.items():
        apart = _apart_from(task, name)
        stream = seeded("variable", seed, task.id, variant, name, attempt)
        for _ in range(_TRIES):
            value = _DRAWS[variable.kind](variable, stream)
            if all(are_apart(values[other], value) for other in apart if other in values):
                values[name] = value
                break
        else:
            clash = next(other for other in apart if other in values)
            raise TaskError(
                f"{task.path}/task.toml: metadata.agentbench.variables.{name}: no value of its range was further than "
                f"a near miss from '{clash}' in {_TRIES} draws; widen the range"
            )
    return values


def are_apart(one: str, other: str) -> bool:
    """Return whether two values are neither equal nor near misses of each other, either way round."""
    return one != other and not near_miss(one, other) and not near_miss(other, one)


def _apart_from(task: TaskSpec, name: str) -> list[str]:
    return [
        other
        for other, variable in task.variables.items()
        if other != name and (other in _differs(task.variables[name]) or name in _differs(variable))
    ]


def _differs(variable: Variable) -> Sequence[str]:
    return [variable.differs] if isinstance(variable.differs, str) else variable.differs or []


def _int(variable: Variable, stream: random.Random) -> str:
    assert variable.low is not None
    assert variable.high is not None
    step = int(variable.step or 1)
    return str(stream.randrange(int(variable.low), int(variable.high) + 1, step))


def _float(variable: Variable, stream: random.Random) -> str:
    """Draw on a grid of ``digits`` places; never a whole number, which formats write in two ways (``2``, ``2.0``)."""
    assert variable.low is not None
    assert variable.high is not None
    digits = variable.digits or 2
    for _ in range(_TRIES):
        value = round(stream.uniform(variable.low, variable.high), digits)
        if value != int(value):
            break
    return repr(value)


def _choice(variable: Variable, stream: random.Random) -> str:
    assert variable.choices is not None
    return stream.choice(variable.choices)


def _word(_: Variable, stream: random.Random) -> str:
    return stream.choice(WORDS)


def _name(variable: Variable, stream: random.Random) -> str:
    return "_".join(stream.sample(WORDS, variable.digits or 2))


def _hex(variable: Variable, stream: random.Random) -> str:
    """Draw hexadecimal digits with a letter first and at least one digit: never to be taken for a number or a word."""
    digits = variable.digits or 8
    text = stream.choice("abcdef") + "".join(stream.choice("0123456789abcdef") for _ in range(digits - 1))
    return text if digits == 1 or any(char.isdigit() for char in text) else f"{text[:-1]}{stream.randrange(10)}"


def _version(_: Variable, stream: random.Random) -> str:
    return f"{stream.randint(1, 9)}.{stream.randint(0, 30)}.{stream.randint(0, 30)}"


def _date(_: Variable, stream: random.Random) -> str:
    first, last = _DATES
    return (first + dt.timedelta(days=stream.randint(0, (last - first).days))).isoformat()


_DRAWS: dict[str, Callable[[Variable, random.Random], str]] = {
    "int": _int,
    "float": _float,
    "choice": _choice,
    "word": _word,
    "name": _name,
    "hex": _hex,
    "version": _version,
    "date": _date,
}
