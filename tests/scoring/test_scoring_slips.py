"""Golden table: what counts as a slip, and what people and careful models write all the time."""

from __future__ import annotations

import json

import pytest

from agentbench.records import AtifObservation, AtifObservationResult, CopySlot, CopySlotKind
from agentbench.scoring import score
from tests.scoring.scoring_worlds import call, episode, reply, user

CONTEXT = """
TTL_SECONDS = 900
retention_days: 45
def divide_cents(amount, parts): ...
class NativeJinjaText: getUserName
config/gateway.toml  src/handlers/webhook_retries.py  tests/test_money.py
account "ACC-30353090" key_id = k7f3a9c2e1  contact ops-team@example.org
max_burst = 1250
level = 1
level = 2
level = 3
level = 4442
dark-menu.rollout.percentage
"""


def wrote(text, **fields):
    return reply(call(json.dumps({"command": text}), name="bash"), **fields)


@pytest.mark.parametrize(
    ("written", "kind", "nearest"),
    [
        ("TTTL_SECONDS", "identifier", "TTL_SECONDS"),
        ("TTL_SECNODS", "identifier", "TTL_SECONDS"),
        ("TTL_SEONDS", "identifier", "TTL_SECONDS"),
        ("TTL_SECONDSSECONDS", "identifier", "TTL_SECONDS"),
        ("divide_ccents", "identifier", "divide_cents"),
        ("divide_cnts", "identifier", "divide_cents"),
        ("divide__cents", None, None),
        ("diviants", None, None),
        ("NativeTextJinjaa", None, None),
        ("NativenjaText", "identifier", "NativeJinjaText"),
        ("NativeJinjaJinjaText", "identifier", "NativeJinjaText"),
        ("getUserNname", "identifier", "getUserName"),
        ("config/gatewway.toml", "path", "config/gateway.toml"),
        ("src/handlers/webhook_reties.py", "path", "src/handlers/webhook_retries.py"),
        ("tests/test_moeny.py", "path", "tests/test_money.py"),
        ("ACC-3035309", None, None),
        ("k7f3a9c2f1", "identifier", "k7f3a9c2e1"),
        ("k7f3a9ce1", "identifier", "k7f3a9c2e1"),
        ("ops-taem@example.org", "literal", "ops-team@example.org"),
        ("max_burst = 1520", "number", "1250"),
        ("max_burst = 12500", "number", "1250"),
        ("max_burst: 1350", "number", "1250"),
        ('{"max_burst": 1251}', "number", "1250"),
        ("dark-menu.rollout.percnetage", "literal", "dark-menu.rollout.percentage"),
        # what is no slip
        ("TTL_SECONDS", None, None),
        ("TTL_SECOND", None, None),
        ("DIVIDE_CENTS", None, None),
        ("divide_cents_evenly", None, None),
        ("async_divide_cents", None, None),
        ("undivide_cents", None, None),
        ("divided_cents", None, None),
        ("divide_dollars", None, None),
        ("config/gateways.toml", None, None),
        ("config/gateway.json", None, None),
        ("max_burst = 2500", None, None),
        ("max_burst = 45", None, None),
        ("max_burst = 900", None, None),
        ("other_key = 1251", None, None),
        ("level = 4443", None, None),
        ("retention_days = 54", None, None),
        ("divde the cnts", None, None),
        ("an ordinary sentence about seconds and handlers", None, None),
    ],
)
def test_slips(written, kind, nearest):
    scored = score(episode(user(CONTEXT), wrote(written)))
    found = [one for one in scored.other_findings if one.kind == "slip"]
    assert [(one.text in written, one.nearest) for one in found] == ([] if kind is None else [(True, nearest)])
    assert scored.slips_by_kind == ({} if kind is None else {kind: 1})
    assert scored.slips == len(found) <= scored.new_atoms


def test_the_explanation_says_kind_key_and_target():
    scored = score(episode(user(CONTEXT), wrote("max_burst = 1520", prompt_tokens=77)))
    [finding] = [one for one in scored.other_findings if one.kind == "slip"]
    assert "number of max_burst" in finding.explanation
    assert "1250" in finding.explanation
    assert (finding.step_id, finding.prompt_tokens) == (2, 77)


@pytest.mark.parametrize("channel", ["content", "reasoning"])
def test_every_channel_is_read(channel):
    assert score(episode(user(CONTEXT), reply(call(), **{channel: "set TTTL_SECONDS"}))).slips == 1


@pytest.mark.parametrize("key", ["offset", "limit", "timeout_s", "read_timeout", "max-lines", "depth", "head"])
def test_numbers_that_say_how_much_to_look_at_are_ignored(key):
    told, asked = f"{key} = 1250", json.dumps({"path": "a", key: 1251})
    assert score(episode(user(told), reply(call(asked)))).slips == 0
    assert score(episode(user(told.replace(key, "burst")), reply(call(asked.replace(key, "burst"))))).slips == 1


def test_each_pair_counts_once_and_what_was_written_is_context():
    steps = [wrote("TTTL_SECONDS"), wrote("TTTL_SECONDS again"), reply(content="TTTL_SECONDS")]
    scored = score(episode(user(CONTEXT), *steps))
    assert (scored.slips, scored.new_atoms) == (1, 1)


def test_a_slip_of_the_models_own_name_is_one():
    steps = [wrote("parse_header_line()"), wrote("parse_haeder_line()")]
    assert score(episode(user("do"), *steps)).slips == 1


def test_a_tool_result_is_context():
    seen = wrote("ls").model_copy(
        update={"observation": AtifObservation(results=[AtifObservationResult(content="src/limits_table.py")])}
    )
    assert score(episode(user("do"), seen, wrote("cat src/limits_tabel.py"))).slips == 1
    assert score(episode(user("do"), seen, wrote("cat src/limits_table.py"))).new_atoms == 0


def test_must_copy_slots_are_left_to_copy_errors():
    written = "src/handlers/webhook_reties.py"
    slot = CopySlot(
        call_index=0, kind=CopySlotKind.PATH, json_path="$.path", written=written, exists=False, nearest="x"
    )
    scored = score(episode(user(CONTEXT), reply(call(json.dumps({"path": written})), slots=[slot])))
    assert (scored.slips, scored.copy_errors) == (0, 1)


def test_names_in_call_sites_are_left_to_copy_errors_and_the_rest_of_the_text_is_not():
    code = "from money import divide_cnts\nTTTL_SECONDS = 1\n"
    slot = CopySlot(
        call_index=0, kind=CopySlotKind.IDENTIFIER, json_path="$.content", written="divide_cnts", exists=False
    )
    step = reply(call(json.dumps({"path": "a.py", "content": code}), name="write_file"), slots=[slot])
    scored = score(episode(user(CONTEXT), step))
    assert (scored.slips, scored.copy_errors) == (1, 1)


def test_the_context_of_an_escaped_argument_is_read_without_its_escapes():
    text = json.dumps({"command": "echo a\ndivide_cents\n"})
    assert score(episode(user(CONTEXT), reply(call(text, name="bash")))).new_atoms == 0


def test_order_of_atoms_does_not_depend_on_hashing():
    steps = [wrote("TTTL_SECONDS divide_ccents max_burst = 1520 config/gatewway.toml ops-taem@example.org")]
    found = [one.text for one in score(episode(user(CONTEXT), *steps)).other_findings]
    assert found == [
        "config/gatewway.toml",
        "TTTL_SECONDS",
        "divide_ccents",
        "1520",
        "ops-taem@example.org",
    ]
