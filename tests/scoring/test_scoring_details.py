from __future__ import annotations

import pytest

from agentbench.records import (
    Check,
    ContextInfo,
    Detail,
    DetailClass,
    Evidence,
    Outcome,
    Probe,
    ReplyFacts,
    Told,
    ToldIn,
)
from agentbench.scoring import score
from tests.scoring.scoring_worlds import episode

PORT = Detail(
    id="port",
    value="8443",
    stale="9000",
    told_in=ToldIn.HISTORY,
    recoverable=False,
    check=Check(file="app.toml", toml="server.port"),
)
LICENSE = Detail(id="license", check=Check(file="LICENSE", unchanged=True))
LOCKFILE = Detail(id="lock", check=Check(file="poetry.lock", absent=True))


def toml(port):
    return f"[server]\nport = {port}\n".encode()


def probe(content, initial=b"[server]\nport = 80\n", detail="port", **fields):
    return Probe(detail_id=detail, exists=content is not None, content=content, initial=initial, **fields)


def classes(details, probes, **fields):
    evidence = {"evidence": Evidence(probes=probes, reward=1.0)} | fields
    scored = score(episode(details=details, **evidence))
    return [finding.detail_class for finding in scored.detail_findings], scored


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (probe(toml(8443)), DetailClass.EXACT),
        (probe(toml(80)), DetailClass.OMITTED),
        (probe(b"[server]\n"), DetailClass.OMITTED),
        (probe(b"port = = 3"), DetailClass.OMITTED),
        (probe(None), DetailClass.OMITTED),
        (probe(toml(9000)), DetailClass.STALE),
        (probe(toml(8444)), DetailClass.NEAR_MISS),
        (probe(toml(4843)), DetailClass.NEAR_MISS),
        (probe(toml(7317)), DetailClass.HALLUCINATED),
        (probe(toml(31000)), DetailClass.HALLUCINATED),
        (probe(toml(8443), initial=None), DetailClass.EXACT),
        (probe(toml(9000), initial=None), DetailClass.STALE),
    ],
)
def test_value_classes(found, expected):
    kinds, scored = classes([PORT], [found])
    assert kinds == [expected]
    assert scored.details == {expected: 1}
    assert scored.details_declared == 1
    assert scored.detail_errors == (expected is not DetailClass.EXACT)
    assert scored.sloppy == (expected is not DetailClass.EXACT)
    finding = scored.detail_findings[0]
    assert (finding.expected, finding.told_in, finding.recoverable) == ("8443", "history", False)
    assert finding.explanation


def test_the_expected_value_wins_over_the_initial_one():
    kinds, _ = classes([PORT], [probe(toml(8443), initial=toml(8443))])
    assert kinds == [DetailClass.EXACT]


@pytest.mark.parametrize(
    ("changed", "expected"), [([], DetailClass.OMITTED), (["backup.sh"], DetailClass.HALLUCINATED)]
)
def test_what_a_command_answers_is_the_initial_value_until_some_file_is_changed(changed, expected):
    detail = PORT.model_copy(update={"check": Check(command="bash backup.sh port")})
    evidence = Evidence(probes=[probe(b"7317\n", initial=None)], reward=0.0, changed_files=changed)
    kinds, _ = classes([detail], [], evidence=evidence, outcome=Outcome.UNSOLVED)
    assert kinds == [expected]


def test_a_command_that_fails_is_omitted():
    detail = Detail(id="version", value="3.1", check=Check(command="./app --version"))
    failed = Probe(detail_id="version", exists=False, content=b"3.1", exit_code=2, error="exit code 2: boom")
    kinds, scored = classes([detail], [failed])
    assert kinds == [DetailClass.OMITTED]
    assert "boom" in scored.detail_findings[0].explanation
    worked = Probe(detail_id="version", exists=True, content=b"3.1\n", exit_code=0)
    assert classes([detail], [worked])[0] == [DetailClass.EXACT]


@pytest.mark.parametrize(
    ("probes", "expected"),
    [
        ([probe(b"MIT", b"MIT", "license"), probe(None, None, "lock")], (DetailClass.KEPT, DetailClass.KEPT)),
        ([probe(b"BSD", b"MIT", "license"), probe(b"", None, "lock")], (DetailClass.VIOLATED, DetailClass.VIOLATED)),
        ([probe(None, b"MIT", "license"), probe(None, b"x", "lock")], (DetailClass.VIOLATED, DetailClass.KEPT)),
        ([], (DetailClass.OMITTED, DetailClass.OMITTED)),
    ],
)
def test_constraints_apply_once_a_value_was_attempted(probes, expected):
    details = [PORT, LICENSE, LOCKFILE]
    attempted, scored = classes(details, [probe(toml(1234)), *probes])
    assert tuple(attempted[1:]) == expected
    assert scored.details_declared == 3
    idle, scored = classes(details, [probe(toml(80)), *probes])
    assert idle == [DetailClass.OMITTED, DetailClass.NOT_APPLICABLE, DetailClass.NOT_APPLICABLE]
    assert scored.detail_errors == 1


@pytest.mark.parametrize(("changed", "expected"), [([], DetailClass.KEPT), (["LICENSE"], DetailClass.VIOLATED)])
def test_a_file_too_large_to_read_is_judged_by_the_list_of_changes(changed, expected):
    large = Probe(detail_id="license", exists=True, initial=b"MIT", error="too large")
    evidence = Evidence(probes=[probe(toml(1)), large], changed_files=changed)
    kinds, _ = classes([PORT, LICENSE], [], evidence=evidence)
    assert kinds[1] is expected


@pytest.mark.parametrize("outcome", list(Outcome))
def test_graded_episodes_have_all_details_and_others_none(outcome):
    kinds, scored = classes([PORT, LICENSE], [], outcome=outcome, evidence=None)
    expected = [DetailClass.OMITTED, DetailClass.NOT_APPLICABLE] if outcome.graded else []
    assert kinds == expected
    assert scored.details_declared == len(expected)


def test_depth_and_distance_come_from_the_telling():
    context = ContextInfo(
        planned_tokens=32768,
        prompt_tokens=32000,
        counted_by="server",
        request_digest="",
        told=[Told(detail_id="port", offset_tokens=8000), Told(detail_id="other", offset_tokens=1)],
    )
    finding = classes([PORT], [], context=context)[1].detail_findings[0]
    assert (finding.depth, finding.distance_tokens) == (0.25, 24000)
    finding = classes([LICENSE], [], context=context)[1].detail_findings[0]
    assert (finding.depth, finding.distance_tokens) == (None, None)


def test_sloppy_needs_a_solved_episode():
    assert not classes([PORT], [probe(toml(9000))], outcome=Outcome.UNSOLVED)[1].sloppy


def test_facts_keep_their_shape():
    # Scoring reads them from stored JSON: a renamed field would silently fall back to the parsed calls.
    assert set(ReplyFacts.model_fields) >= {"finish_reason", "raw_calls", "copy_slots", "result_digests"}
