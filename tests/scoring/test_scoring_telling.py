"""Distance at use, every kind of check through the outside face, and the errors of must-copy slots."""

from __future__ import annotations

import json

import pytest

from agentbench.records import (
    AtifObservation,
    AtifObservationResult,
    Check,
    ContextInfo,
    CopySlot,
    CopySlotKind,
    Detail,
    DetailClass,
    Evidence,
    Probe,
    Told,
    ToldIn,
)
from agentbench.scoring import score
from tests.scoring.scoring_worlds import call, episode, reply, user

CONTEXT = ContextInfo(
    planned_tokens=8192, prompt_tokens=8000, counted_by="server", request_digest="",
    told=[Told(detail_id="port", offset_tokens=2000)],
)  # fmt: skip
PORT = Detail(id="port", value="8443", told_in=ToldIn.HISTORY, check=Check(file="app.toml", toml="port"))


def write(path, content, tokens):
    return reply(call(json.dumps({"path": path, "content": content}), name="write_file"), prompt_tokens=tokens)


def finding(detail, *steps, content=b"port = 8443", context=CONTEXT):
    evidence = Evidence(probes=[Probe(detail_id=detail.id, exists=True, content=content)])
    return score(episode(user("do"), *steps, details=[detail], evidence=evidence, context=context)).detail_findings[0]


READ = reply(call('{"path":"app.toml","offset":8443}'), prompt_tokens=8000)


@pytest.mark.parametrize(
    ("steps", "distance", "end"),
    [
        ([READ, write("app.toml", "port = 8443", 9000)], 7000, "value_written"),
        ([write("app.toml", "port = 8443", 9000), write("app.toml", "port = 8443", 12000)], 7000, "value_written"),
        ([write("notes.md", "8443", 8500), write("app.toml", "port = 8443", 9000)], 7000, "value_written"),
        ([write("notes.md", "8443", 8500)], 6500, "value_written"),
        ([write("app.toml", "x", 9000), write("app.toml", "y", 9500)], 7500, "file_written"),
        (
            [reply(call('{"command":"sed -i s/1/8443/ app.toml"}', name="bash"), prompt_tokens=9900)],
            7900,
            "value_written",
        ),
        (
            [
                reply(
                    call(
                        '{"path":"/workspace/app.toml","edits":[{"old":"8443","new":"1"},{"old":"1","new":"8443"}]}',
                        name="edit_file",
                    ),
                    prompt_tokens=8100,
                )
            ],
            6100,
            "value_written",
        ),
        ([READ], 6000, "first_request"),
        ([], 6000, "first_request"),
        ([write("app.toml", "port = 84430", 9000)], 7000, "file_written"),
    ],
)
def test_distance_at_use(steps, distance, end):
    found = finding(PORT, *steps)
    assert (found.distance_tokens, found.distance_to, found.depth) == (distance, end, 0.25)


@pytest.mark.parametrize("told_in", [ToldIn.FILE, ToldIn.TOOL_OUTPUT, ToldIn.FOLLOW_UP])
def test_what_is_told_later_is_told_at_the_first_request_that_holds_it(told_in):
    detail = PORT.model_copy(update={"id": "later", "told_in": told_in})
    seen = reply(call(), prompt_tokens=8000).model_copy(
        update={"observation": AtifObservation(results=[AtifObservationResult(content="use 8443")])}
    )
    steps = [seen, reply(call(), prompt_tokens=8300), write("app.toml", "port = 8443", 9000)]
    found = finding(detail, *steps)
    assert (found.depth, found.distance_tokens, found.distance_to) == (None, 700, "value_written")


def test_nothing_is_made_up_where_nothing_is_known():
    found = finding(PORT, write("app.toml", "port = 8443", 9000), context=None)
    assert (found.depth, found.distance_tokens, found.distance_to) == (None, None, None)


FILES = {
    "json": (Check.model_validate({"file": "a", "json": "a.b.0"}), b'{"a": {"b": [%s]}}'),
    "toml": (Check(file="a", toml="a.b"), b"[a]\nb = %s\n"),
    "yaml": (Check(file="a", yaml="a.b.0"), b"a:\n  b:\n    - %s\n"),
    "ini": (Check(file="a", ini="a.b"), b"[a]\nb = %s ; note\n"),
    "env": (Check(file="a", ini="B"), b"A=1\nexport B=%s\n"),
    "regex": (Check(file="a", regex=r"^#define B (\w+)"), b"#define A 1\n#define B %s\n"),
    "python": (Check(file="a", python="A.b"), b"class A:\n    b: int = %s\n"),
    "default": (Check(file="a", python="f(b)"), b"def f(a, b=%s): ...\n"),
    "text": (Check(file="a", text=True), b"%s\n"),
    "command": (Check(command="./a --b"), b"%s\n"),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (b"8443", DetailClass.EXACT),
        (b"9000", DetailClass.STALE),
        (b"8434", DetailClass.NEAR_MISS),
        (b"31", DetailClass.HALLUCINATED),
    ],
)
def test_every_kind_of_check(name, found, expected):
    check, template = FILES[name]
    detail = Detail(id="b", value="8443", stale="9000", check=check)
    initial = None if check.command else template % b"80"
    probe = Probe(detail_id="b", exists=True, content=template % found, initial=initial)
    evidence = Evidence(probes=[probe], changed_files=["a"])
    scored = score(episode(details=[detail], evidence=evidence))
    one = scored.detail_findings[0]
    assert (one.detail_class, one.found, one.expected) == (expected, found.decode(), "8443")
    assert one.place.startswith("output of ./a" if check.command else "a")
    assert one.explanation


def test_the_place_says_file_and_pointer():
    assert finding(PORT).place == "app.toml: toml port"


# --- must-copy slots --------------------------------------------------------------------------------------------------


def slot(kind, written, nearest=None, json_path="$.x"):
    return CopySlot(call_index=0, kind=kind, json_path=json_path, written=written, exists=False, nearest=nearest)


@pytest.mark.parametrize(
    ("one", "error"),
    [
        (slot(CopySlotKind.EDIT_OLD, "port = 15"), True),
        (slot(CopySlotKind.EDIT_OLD, "port = 1"), False),
        (slot(CopySlotKind.EDIT_OLD, "never seen"), False),
        (slot(CopySlotKind.EDIT_OLD, "never seen", "ever seen"), True),
        (slot(CopySlotKind.PATH, "handover/old.toml"), True),
        (slot(CopySlotKind.PATH, "guess.md"), False),
        (slot(CopySlotKind.PATH, "made/later.py", "made/later.pyi"), False),
        (slot(CopySlotKind.PATH, "changed.txt", "change.txt"), False),
        (slot(CopySlotKind.TEST_SELECTOR, "test_old"), True),
        (slot(CopySlotKind.IDENTIFIER, "no_such_name"), True),
        (slot(CopySlotKind.IDENTIFIER, "made_later", "made_late"), False),
        (slot(CopySlotKind.IDENTIFIER, "CONSTANT"), False),
        (slot(CopySlotKind.IDENTIFIER, "later", "late"), False),
        (slot(CopySlotKind.IDENTIFIER, "made", "mad"), False),
        (slot(CopySlotKind.IDENTIFIER, "changed"), True),  # a text file is no module
    ],
)
def test_another_atom_of_the_context_is_an_error_and_what_is_yet_to_be_made_is_not(one, error):
    told = user("the old file said port = 15 (handover/old.toml, test_old)")
    later = write("made/later.py", "def made_later():\n    ...\nCONSTANT = 3\n", 900)
    evidence = Evidence(changed_files=["changed.txt"])
    scored = score(episode(told, reply(call(), slots=[one]), later, evidence=evidence))
    assert (scored.copy_errors, scored.copy_opportunities) == (int(error), int(error))
