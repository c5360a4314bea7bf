"""Reads what hidden tests leave behind: reward files and test reports. Pure: bytes in, numbers out.

Whatever cannot be trusted raises VerifierError with the file, what was found and what was expected; nothing here
guesses a reward.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from agentbench.errors import VerifierError
from agentbench.records import TestReport

REWARD_FILES = ("reward.json", "reward.txt")
"""In the order in which they win."""

REPORT_FILES = ("report.json", "ctrf.json", "junit.xml", "report.xml", "results.xml")
"""In the order in which they win: ours, and the names that harbor tasks commonly use."""

_CTRF_COUNTS = ("passed", "failed", "pending", "skipped", "other")


def parse_rewards(files: Mapping[str, bytes]) -> tuple[float, dict[str, float]]:
    """Return the reward and all rewards, from the contents of the reward files that exist.

    ``reward.json`` holds an object of numbers; its ``reward`` key, or its only value, is the reward. ``reward.txt``
    holds one number.
    """
    if "reward.json" in files:
        rewards = _parse_reward_json(files["reward.json"])
        return _main_reward(rewards), rewards
    if "reward.txt" in files:
        reward = _parse_reward_txt(files["reward.txt"])
        return reward, {"reward": reward}
    raise VerifierError("the hidden tests wrote neither /logs/verifier/reward.json nor /logs/verifier/reward.txt")


def _parse_reward_txt(data: bytes) -> float:
    text = data.decode("utf-8", "backslashreplace").strip()
    # float() would also take "1_0", "nan" and "infinity"
    if text and not set(text) - set("+-.0123456789eE"):
        try:
            return _finite("reward.txt", float(text))
        except ValueError:
            pass
    raise VerifierError(f"reward.txt holds {text[:80]!r}; expected one finite number")


def _parse_reward_json(data: bytes) -> dict[str, float]:
    try:
        value = json.loads(data)
    except ValueError as error:
        raise VerifierError(f"reward.json is no JSON ({error}); expected an object of numbers") from error
    if not isinstance(value, dict) or not value:
        raise VerifierError(
            f"reward.json holds {str(value)[:80]!r}; expected an object of numbers with at least one key"
        )
    for key, number in value.items():
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise VerifierError(f"reward.json: {key} is {str(number)[:80]!r}; expected a number")
    return {key: _finite(f"reward.json: {key}", number) for key, number in value.items()}


def _finite(where: str, number: float) -> float:
    try:
        result = float(number)
    except OverflowError:
        result = math.inf
    if not math.isfinite(result):
        raise VerifierError(f"{where} is {result}; expected a finite number")
    return result


def _main_reward(rewards: Mapping[str, float]) -> float:
    if "reward" in rewards:
        return rewards["reward"]
    if len(rewards) == 1:
        return next(iter(rewards.values()))
    raise VerifierError(f"reward.json has the keys {', '.join(rewards)}; expected one of them to be 'reward'")


def parse_report(name: str, data: bytes) -> TestReport:
    """Return a CTRF (``*.json``) or JUnit (``*.xml``) report whose counts agree with the tests it lists."""
    return _parse_junit(name, data) if name.endswith(".xml") else _parse_ctrf(name, data)


def _parse_ctrf(name: str, data: bytes) -> TestReport:
    try:
        results = json.loads(data)["results"]
        summary, tests = results["summary"], results["tests"]
        counts = {key: _count(summary.get(key, 0)) for key in _CTRF_COUNTS}
        total = _count(summary["tests"])
        listed = [(str(test["name"]), str(test["status"])) for test in tests]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise VerifierError(f"{name} is no CTRF report ({type(error).__name__}: {error})") from error
    seen = {key: sum(status == key for _, status in listed) for key in _CTRF_COUNTS}
    if total != len(listed) or counts != seen:
        raise VerifierError(
            f"{name} contradicts itself: its summary says {total} tests {counts}, its list {len(listed)} {seen}"
        )
    failed = [test for test, status in listed if status != "passed"]
    return TestReport(tests=total, passed=seen["passed"], failed=failed)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is no count")
    return value


def _parse_junit(name: str, data: bytes) -> TestReport:
    # Entities are never needed in a report, and they are how XML explodes.
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise VerifierError(f"{name} declares a document type; expected a plain JUnit report")
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        raise VerifierError(f"{name} is no XML ({error}); expected a JUnit report") from error
    suites = [root] if root.tag == "testsuite" else root.findall("testsuite")
    if root.tag not in ("testsuite", "testsuites") or not suites:
        raise VerifierError(
            f"{name} starts with <{root.tag[:40]}>; expected <testsuites> or <testsuite> of a JUnit report"
        )
    cases = list(root.iter("testcase"))
    declared = _declared_tests(name, suites)
    if declared is not None and declared != len(cases):
        raise VerifierError(f"{name} contradicts itself: it declares {declared} tests and lists {len(cases)}")
    failed = [
        ".".join(filter(None, (case.get("classname"), case.get("name"))))
        for case in cases
        if any(case.find(tag) is not None for tag in ("failure", "error", "skipped"))
    ]
    return TestReport(tests=len(cases), passed=len(cases) - len(failed), failed=failed)


def _declared_tests(name: str, suites: list[ElementTree.Element]) -> int | None:
    declared = [suite.get("tests") for suite in suites]
    if None in declared:
        return None
    try:
        return sum(int(str(number)) for number in declared)
    except ValueError as error:
        raise VerifierError(f"{name}: a testsuite declares {declared} tests; expected whole numbers") from error


def judge(reward: float, report: TestReport | None, expected_tests: int | None) -> None:
    """Refuse a reward that its report does not bear out.

    ``expected_tests`` is the number of hidden tests of a native task, whose report is then required and whose reward is
    1 exactly if all of them passed. A foreign task needs no report and may give part rewards, or ignore tests that fail
    before and after; but a report that is there must list at least one test, and a passed one for a full reward.
    """
    if report is None:
        if expected_tests is not None:
            found = f"the hidden tests wrote a reward of {reward:g} and no report"
            raise VerifierError(f"{found}; expected a report of exactly {expected_tests} tests")
        return
    if expected_tests is not None:
        if report.tests != expected_tests:
            raise VerifierError(f"the report has {report.tests} tests; expected exactly {expected_tests}")
        if reward != float(report.passed == report.tests):
            raise VerifierError(f"the reward is {reward:g}, but {report.passed} of {report.tests} tests passed")
    elif report.tests == 0:
        raise VerifierError(f"the report has no test at all; its reward of {reward:g} says nothing")
    elif reward >= 1 and report.passed == 0:
        raise VerifierError(f"the reward is {reward:g}, but none of {report.tests} tests passed")
