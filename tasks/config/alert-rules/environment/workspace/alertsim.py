"""Lints alert rules and says which alert would be sent."""

import pathlib
import re
import sys

import yaml

RULES = pathlib.Path(__file__).parent / "rules"
SECONDS = {"s": 1, "m": 60, "h": 3600}


def seconds(text: str) -> int:
    if not re.fullmatch(r"(\d+[smh])+", str(text)):
        raise ValueError(f"{text!r} is no duration")
    return sum(int(count) * SECONDS[unit] for count, unit in re.findall(r"(\d+)([smh])", text))


def load() -> list[dict]:
    alerts = []
    for path in sorted(RULES.glob("*.yaml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            seconds(group["interval"])
            alerts += [describe(rule) for rule in group["rules"]]
    return alerts


def describe(rule: dict) -> dict:
    expression = re.fullmatch(r"(\w+)\s*>\s*(\d+)", rule["expr"].strip())
    if expression is None:
        raise ValueError(f"{rule['alert']}: cannot read {rule['expr']!r}")
    labels = rule["labels"]
    if labels["severity"] not in ("page", "ticket"):
        raise ValueError(f"{rule['alert']}: severity {labels['severity']!r}")
    return {
        "alert": rule["alert"],
        "metric": expression[1],
        "threshold": int(expression[2]),
        "for": seconds(rule["for"]),
        "severity": labels["severity"],
        "team": labels["team"],
        "runbook": rule["annotations"]["runbook"],
    }


def main(command: str, *words: str) -> str:
    alerts = load()
    if command == "show":
        return str(next(alert for alert in alerts if alert["alert"] == words[0])[words[1]])
    if command == "who":
        metric, value, lasting = words[0], int(words[1]), int(words[2])
        for alert in alerts:
            if alert["metric"] == metric and value > alert["threshold"] and lasting >= alert["for"]:
                return f"{alert['alert']} {alert['severity']}"
        return "nobody"
    return f"{len(alerts)} alerts"


if __name__ == "__main__":
    print(main(*sys.argv[1:]))
