"""Deployment of ledger-api: merges base and environment, and plays the cleanup job."""

import argparse
import json
import pathlib
import sys

import yaml

DEPLOY = pathlib.Path(__file__).parent / "deploy"
ENVIRONMENTS = ("production", "staging")
NUMBERS = ("memory_mb", "request_timeout_ms", "drain_ms")


def load(path: str | pathlib.Path) -> dict:
    text = sys.stdin.read() if path == "-" else pathlib.Path(path).read_text(encoding="utf-8")
    return yaml.safe_load(text)


def environment(name: str) -> dict:
    settings = load(DEPLOY / f"{name}.yaml")
    for key in NUMBERS:
        if type(settings[key]) is not int or settings[key] <= 0:
            raise ValueError(f"{name}: {key} must be a positive integer, not {settings[key]!r}")
    host, _, port = settings["database"].partition(":")
    if not host or not port.isdigit():
        raise ValueError(f"{name}: database must be host:port, not {settings['database']!r}")
    return {**load(DEPLOY / "base.yaml"), **settings, "environment": name}


def job(path: str | pathlib.Path) -> tuple[int, int]:
    """Return how long rows are kept, in hours, and how many are deleted at once."""
    settings = load(path)
    unknown = set(settings) - {"schedule", "keep_hours", "batch_rows"}
    if unknown:
        raise ValueError(f"cleanup: unknown key {min(unknown)}")
    return settings["keep_hours"], settings["batch_rows"]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["check", "render", "purge"])
    parser.add_argument("arguments", nargs="*")
    parser.add_argument("--job", default=str(DEPLOY / "jobs" / "cleanup.yaml"))
    options = parser.parse_args()
    try:
        if options.command == "render":
            print(json.dumps(environment(options.arguments[0]), indent=2))
        elif options.command == "purge":
            kept_hours, batch = job(options.job)
            old = [age for age in options.arguments if int(age) > kept_hours]
            print(f"batches of {batch}: {' '.join(old) or 'nothing'}")
        else:
            for name in ENVIRONMENTS:
                environment(name)
            job(options.job)
            print("sound")
    except (ValueError, KeyError) as error:
        print(f"bad manifest: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
