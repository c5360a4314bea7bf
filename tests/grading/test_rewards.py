from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentbench.errors import VerifierError
from agentbench.grading.rewards import judge, parse_report, parse_rewards
from agentbench.records import TestReport


@pytest.mark.parametrize(
    ("files", "reward", "rewards"),
    [
        ({"reward.txt": b"1"}, 1.0, {"reward": 1.0}),
        ({"reward.txt": b" 0.25\n"}, 0.25, {"reward": 0.25}),
        ({"reward.txt": b"-1e-2"}, -0.01, {"reward": -0.01}),
        ({"reward.json": b'{"reward": 1, "speed": 0.5}'}, 1.0, {"reward": 1.0, "speed": 0.5}),
        ({"reward.json": b'{"accuracy": 0.75}'}, 0.75, {"accuracy": 0.75}),
        ({"reward.json": b'{"reward": 0}', "reward.txt": b"1"}, 0.0, {"reward": 0.0}),
    ],
)
def test_reads_the_reward(files: dict[str, bytes], reward: float, rewards: dict[str, float]) -> None:
    assert parse_rewards(files) == (reward, rewards)


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({}, "neither"),
        ({"reward.txt": b""}, "reward.txt"),
        ({"reward.txt": b"nan"}, "'nan'"),
        ({"reward.txt": b"inf"}, "'inf'"),
        ({"reward.txt": b"1e999"}, "finite"),
        ({"reward.txt": b"1_0"}, "'1_0'"),
        ({"reward.txt": b"1 1"}, "'1 1'"),
        ({"reward.txt": b"passed"}, "'passed'"),
        ({"reward.txt": "\u0661".encode()}, "reward.txt"),
        ({"reward.txt": b"\xff\xfe1"}, "reward.txt"),
        ({"reward.json": b"{"}, "reward.json"),
        ({"reward.json": b"1"}, "reward.json"),
        ({"reward.json": b"{}"}, "reward.json"),
        ({"reward.json": b'{"reward": "1"}'}, "reward"),
        ({"reward.json": b'{"reward": true}'}, "reward"),
        ({"reward.json": b'{"reward": NaN}'}, "finite"),
        ({"reward.json": b'{"reward": Infinity}'}, "finite"),
        ({"reward.json": b'{"reward": null}'}, "reward"),
        ({"reward.json": b'{"reward": {"a": 1}}'}, "reward"),
        ({"reward.json": b'{"a": 1, "b": 1}'}, "a, b"),
        ({"reward.json": b'{"reward": 1' + b"0" * 400 + b"}"}, "finite"),
        ({"reward.json": b"broken", "reward.txt": b"1"}, "reward.json"),
    ],
)
def test_refuses_what_is_no_reward(files: dict[str, bytes], named: str) -> None:
    with pytest.raises(VerifierError, match=named):
        parse_rewards(files)


@given(st.binary(max_size=30))
def test_any_bytes_give_a_finite_number_or_an_error(data: bytes) -> None:
    for name in ("reward.txt", "reward.json"):
        try:
            reward, _ = parse_rewards({name: data})
        except VerifierError:
            continue
        assert math.isfinite(reward)


def ctrf(statuses: list[str], **counts: int) -> bytes:
    keys = ("passed", "failed", "pending", "skipped", "other")
    summary = {"tests": len(statuses), **{key: statuses.count(key) for key in keys}, "start": 1, "stop": 2, **counts}
    tests = [{"name": f"t{index}", "status": status, "duration": 1} for index, status in enumerate(statuses)]
    return json.dumps({"results": {"tool": {"name": "x"}, "summary": summary, "tests": tests}}).encode()


def test_reads_ctrf() -> None:
    report = parse_report("report.json", ctrf(["passed", "failed", "skipped"]))
    assert report == TestReport(tests=3, passed=1, failed=["t1", "t2"])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"results": 3}',
        ctrf(["passed"], tests=2),
        ctrf(["passed", "failed"], passed=2, failed=0),
        ctrf(["passed"], tests=-1),
        ctrf(["passed", "unheard-of"]).replace(b'"tests": 2', b'"tests": 2.5'),
    ],
)
def test_refuses_a_ctrf_report_that_is_none_or_contradicts_itself(data: bytes) -> None:
    with pytest.raises(VerifierError, match=r"report\.json"):
        parse_report("report.json", data)


JUNIT = b"""<?xml version="1.0"?>
<testsuites><testsuite name="pytest" tests="3" failures="1" errors="0" skipped="1">
<testcase classname="a" name="one"/>
<testcase classname="a" name="two"><failure message="no">text</failure></testcase>
<testcase name="three"><skipped/></testcase>
</testsuite></testsuites>"""


def test_reads_junit() -> None:
    assert parse_report("junit.xml", JUNIT) == TestReport(tests=3, passed=1, failed=["a.two", "three"])


def test_reads_junit_with_one_suite_as_its_root() -> None:
    data = b'<testsuite><testcase name="one"/></testsuite>'
    assert parse_report("results.xml", data) == TestReport(tests=1, passed=1)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a/>",
        b"<testsuites/>",
        b"<testsuites><testsuite>",
        JUNIT.replace(b'tests="3"', b'tests="4"'),
        JUNIT.replace(b'tests="3"', b'tests="many"'),
        b'<!DOCTYPE a [<!ENTITY x "xxxx">]><testsuite tests="1"><testcase name="&x;"/></testsuite>',
    ],
)
def test_refuses_a_junit_report_that_is_none_or_contradicts_itself(data: bytes) -> None:
    with pytest.raises(VerifierError, match=r"junit\.xml"):
        parse_report("junit.xml", data)


@given(st.binary(max_size=60), st.sampled_from(["report.json", "junit.xml"]))
def test_any_bytes_give_a_report_or_an_error(data: bytes, name: str) -> None:
    try:
        report = parse_report(name, data)
    except VerifierError:
        return
    assert report.passed + len(report.failed) == report.tests


@pytest.mark.parametrize(
    ("reward", "report", "expected"),
    [
        (1, TestReport(tests=2, passed=2), 2),
        (0, TestReport(tests=2, passed=1, failed=["x"]), 2),
        (1, None, None),
        (0.5, TestReport(tests=2, passed=1, failed=["x"]), None),
        (1, TestReport(tests=2, passed=1, failed=["skipped"]), None),
    ],
)
def test_believes_a_reward_that_its_report_bears_out(reward: float, report: TestReport | None, expected: int) -> None:
    judge(reward, report, expected)


@pytest.mark.parametrize(
    ("reward", "report", "expected", "named"),
    [
        (1, None, 2, "no report"),
        (0, None, 2, "no report"),
        (1, TestReport(tests=1, passed=1), 2, "1 tests; expected exactly 2"),
        (1, TestReport(tests=3, passed=3), 2, "3 tests; expected exactly 2"),
        (1, TestReport(tests=2, passed=1, failed=["x"]), 2, "1 of 2"),
        (0, TestReport(tests=2, passed=2), 2, "2 of 2"),
        (0.5, TestReport(tests=2, passed=1, failed=["x"]), 2, r"0\.5"),
        (0, TestReport(tests=0, passed=0), None, "no test"),
        (1, TestReport(tests=2, passed=0, failed=["x", "y"]), None, "none of 2"),
    ],
)
def test_refuses_a_reward_that_its_report_contradicts(
    reward: float, report: TestReport | None, expected: int | None, named: str
) -> None:
    with pytest.raises(VerifierError, match=named):
        judge(reward, report, expected)
