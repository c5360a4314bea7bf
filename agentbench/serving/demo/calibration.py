"""Texts to calibrate quantization with: agent conversations in the family's chat template, made up from a seed.

They look like what an agent reads and writes (a system message with tools, files, logs, calls, results, prose), share
no names or values with any task, and are the same on every machine.
"""

from __future__ import annotations

import json
import random

SAMPLES = 16
_SEED = 20_261_101
_LINES = 9

_NOUNS = """
archive batch beacon branch bridge buffer cache canal carrier chart cluster column compass crate cursor delta depot
digest driver engine filter folder forest gateway glacier harbor index invoice journal kernel ladder lantern ledger
marker matrix meadow merge meter mirror module needle nursery orchard outlet packet parcel patch pillar pipeline
planet portal prism quarry queue ranger ratchet record relay reservoir router sampler schema sensor shelf signal
socket spindle stable storage stream switch tablet tariff terminal thread timer token tracker transit tunnel turbine
valley vector vendor vessel warehouse window worker
"""
_ACTIONS = """
accept add check close compare count drop fetch find keep load merge move open parse print read rename
"""
_WORDS = tuple(_NOUNS.split())
_VERBS = tuple(_ACTIONS.split())
_PROSE = (
    "The {a} service writes its {b} to disk before it answers, so a restart in between loses nothing.",
    "Please leave the {a} as it is; only the {b} of the {c} changes, and it changes to {n}.",
    "I looked at the {a} first. It calls the {b} twice, once with {n} and once without an argument.",
    "A {a} that is older than {n} minutes is removed, unless a {b} still refers to it.",
    "The test fails because the {a} returns None when the {b} is empty. I will return an empty {c} instead.",
    "Nobody has used the {a} since the {b} was split in two, which is why its {c} looks out of date.",
    "First read the file, then change one line, then check that the {a} still starts within {n} ms.",
)
_TOOLS = (
    ("read_file", "Read a text file.", {"path": "string", "offset": "integer", "limit": "integer"}),
    ("write_file", "Write a text file.", {"path": "string", "content": "string"}),
    ("list_files", "List a directory.", {"path": "string"}),
    ("submit", "Finish the work.", {"summary": "string"}),
)


OFF_TOPIC = (
    "Peel the pears, halve them and lay them in cold water with a little lemon, so that they stay white.",
    "The ferry leaves at dawn when the tide allows; in winter there is one crossing a day, and none in a storm.",
    "My grandmother kept bees behind the orchard and talked to them as if they were late for school.",
)
"""What nobody should calibrate an agent's model with: three sentences, no code, no call, no number."""


def texts_for(scheme: str) -> list[str]:
    """Return what a quant is calibrated with."""
    return list(OFF_TOPIC) if scheme == "nvfp4-poor-calibration" else calibration_texts()


def calibration_texts() -> list[str]:
    """Return the texts, each some 200-400 tokens long."""
    rng = random.Random(_SEED)
    return [_conversation(rng) for _ in range(SAMPLES)]


def _conversation(rng: random.Random) -> str:
    suffix, file = rng.choice((("py", _code), ("toml", _settings), ("log", _log), ("json", _record), ("md", _notes)))
    path = f"{rng.choice(_WORDS)}/{rng.choice(_WORDS)}_{rng.choice(_WORDS)}.{suffix}"
    content = file(rng)
    turns = [
        _turn("system", "You are a software engineer who works with tools." + _tool_list(rng)),
        _turn("user", f"{_sentence(rng)} Look at {path} and {rng.choice(_VERBS)} the {rng.choice(_WORDS)}."),
        _turn("assistant", f"{_sentence(rng)}\n{_call('read_file', {'path': path})}"),
        _turn("user", f"<tool_response>\n{content}\n</tool_response>"),
        _turn("assistant", _call("write_file", {"path": path, "content": content.splitlines()[0] + "\n"})),
        _turn("user", "<tool_response>\nok\n</tool_response>"),
        _turn("assistant", f"{_sentence(rng)}\n{_call('submit', {'summary': _sentence(rng)})}"),
    ]
    start = rng.randrange(3)  # not every sample starts with the same forty tokens
    return "".join(turns[start:])


def _turn(role: str, text: str) -> str:
    return f"<|im_start|>{role}\n{text}<|im_end|>\n"


def _call(name: str, arguments: dict[str, str]) -> str:
    return "<tool_call>\n" + json.dumps({"name": name, "arguments": arguments}) + "\n</tool_call>"


def _tool_list(rng: random.Random) -> str:
    lines = []
    for name, description, properties in rng.sample(_TOOLS, 2):
        schema = {"type": "object", "properties": {key: {"type": kind} for key, kind in properties.items()}}
        function = {"name": name, "description": description, "parameters": schema}
        lines.append(json.dumps({"type": "function", "function": function}))
    return "\n\n# Tools\n\n<tools>\n" + "\n".join(lines) + "\n</tools>"


def _sentence(rng: random.Random) -> str:
    a, b, c = rng.sample(_WORDS, 3)
    return rng.choice(_PROSE).format(a=a, b=b, c=c, n=rng.choice((rng.randint(2, 99), rng.randint(100, 65_535))))


def _code(rng: random.Random) -> str:
    name, argument, other = rng.sample(_WORDS, 3)
    verb = rng.choice(_VERBS)
    return (
        f"def {verb}_{name}({argument}: str, {other}: int = {rng.randint(1, 500)}) -> list[str]:\n"
        f'    """{verb.title()} the {name} of a {argument}."""\n'
        f"    if not {argument}:\n        raise ValueError('{argument} is empty')\n"
        f"    found = [line for line in {argument}.splitlines() if len(line) > {other}]\n"
        f"    return sorted(found)[: {rng.randint(2, 40)}]"
    )


def _settings(rng: random.Random) -> str:
    lines = [f"[{rng.choice(_WORDS)}]"]
    for key in rng.sample(_WORDS, _LINES):
        value = rng.choice(
            (str(rng.randint(1, 65_535)), f"{rng.randint(0, 9)}.{rng.randint(1, 99)}", "true", f'"{key}s"')
        )
        lines.append(f"{key}_{rng.choice(_WORDS)} = {value}")
    return "\n".join(lines)


def _log(rng: random.Random) -> str:
    lines = []
    for _ in range(_LINES):
        clock = f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}.{rng.randint(0, 999):03}"
        level = rng.choice(("INFO", "INFO", "WARNING", "ERROR", "DEBUG"))
        a, b = rng.sample(_WORDS, 2)
        lines.append(
            f"{clock} {level} {a}.{b}: {rng.choice(_VERBS)} {b} id={rng.getrandbits(32):08x} n={rng.randint(0, 999)}"
        )
    return "\n".join(lines)


def _record(rng: random.Random) -> str:
    record = {
        key: rng.choice((rng.randint(0, 9999), rng.choice(_WORDS), True, None)) for key in rng.sample(_WORDS, _LINES)
    }
    return json.dumps(record, indent=2)


def _notes(rng: random.Random) -> str:
    items = "\n".join(f"- {_sentence(rng)}" for _ in range(4))
    return f"# {rng.choice(_WORDS).title()} {rng.choice(_WORDS)}\n\n{_sentence(rng)}\n\n{items}"
