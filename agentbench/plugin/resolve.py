"""From options, ini and family to RunSettings: command line beats ini beats suite beats family."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from agentbench.catalog import get_profile, load_family, parse_engine_arg, resolve_suite
from agentbench.errors import UsageError
from agentbench.records import Gate, ModelFamily
from agentbench.runner import RunSettings, check_room


def resolve_settings(config: pytest.Config, tasks_root: Path) -> tuple[RunSettings, list[str]]:
    """Return the settings and the quant names, the reference first.

    Raises:
        UsageError: names the option, what was found and what was expected.
    """
    root = config.rootpath
    family = load_family(_option(config, "quant_model") or "demo", rootdir=root)
    quants = _quants(config.getoption("quant"), family)
    suite_name, suite = resolve_suite(family, _option(config, "quant_suite"))
    contexts = parse_contexts(text) if (text := _option(config, "quant_context")) else suite.contexts
    check_room(family, contexts)
    endpoint = config.getoption("quant_endpoint")
    if endpoint and not re.match(r"https?://", endpoint):
        raise UsageError(f"--quant-endpoint: found {endpoint!r}, expected a URL such as http://127.0.0.1:8000/v1")
    if endpoint and len(quants) > 1:
        raise UsageError(
            f"--quant-endpoint: found --quant={','.join(quants)}, expected one quant: one server serves one checkpoint"
        )
    reference = _option(config, "quant_reference")
    trials, sequential = _trials(_option(config, "quant_trials"), suite.trials)
    if sequential and config.getoption("quant_save_reference"):
        raise UsageError(
            "--quant-trials auto: found --quant-save-reference, expected a number of trials with it: a reference is "
            "tried equally often in every cell, and there is none yet to plan from; give --quant-trials 4 or more"
        )
    settings = RunSettings(
        family=family,
        suite=suite_name,
        contexts=contexts,
        plans=suite.plans,
        variants=_positive("--quant-variants", config.getoption("quant_variants"), suite.variants),
        trials=trials,
        sequential=sequential,
        seed=seed if (seed := config.getoption("quant_seed")) is not None else suite.seed,
        alpha=suite.alpha,
        rootdir=root,
        tasks_root=tasks_root,
        runs_dir=root / (_option(config, "quant_runs") or "runs"),
        scorecards_dir=root / (_option(config, "quant_scorecards") or "scorecards"),
        gate=_gate(_option(config, "quant_gate")),
        task_globs=suite.tasks,
        concurrency=_concurrency(_option(config, "quant_concurrency")),
        endpoint=endpoint,
        engine_args=dict(parse_engine_arg(text) for text in config.getoption("quant_engine_arg")),
        reference=reference,
        save_reference=_reference_to_save(quants, family) if config.getoption("quant_save_reference") else None,
        resume=config.getoption("quant_resume"),
        replay=bool(config.getoption("lf", False)),
        keep_sandboxes=config.getoption("quant_keep_sandboxes"),
        allow_network=config.getoption("quant_allow_network"),
    )
    return settings, quants


def parse_contexts(text: str) -> list[int]:
    """Parse ``8k,32k`` or plain token counts. Raises UsageError."""
    sizes = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d+)(k?)\s*", part, re.IGNORECASE)
        if match is None or int(match[1]) == 0:
            raise UsageError(f"--quant-context: found {part!r}, expected sizes such as 8k,32k or 8192")
        sizes.append(int(match[1]) * (1024 if match[2] else 1))
    if len(set(sizes)) != len(sizes):
        raise UsageError(f"--quant-context: {text!r} names a size twice")
    return sizes


def _quants(text: str, family: ModelFamily) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise UsageError("--quant: no name given; see `agentbench models` for the quants of each family")
    for name in names:
        get_profile(family, name)
    return sorted(dict.fromkeys(names), key=lambda name: name != family.reference)


def _reference_to_save(quants: list[str], family: ModelFamily) -> str:
    """Return whose run becomes the reference: the family's reference profile, or the only one that runs."""
    if family.reference in quants:
        return family.reference
    if len(quants) == 1:
        return quants[0]
    raise UsageError(
        f"--quant-save-reference: found --quant={','.join(quants)}, expected '{family.reference}' among them, or one "
        f"quant alone, so that it is clear whose results become the reference"
    )


def _option(config: pytest.Config, name: str) -> Any:
    value = config.getoption(name)
    return value if value is not None else (config.getini(name) or None)


def _positive(option: str, value: int | None, default: int) -> int:
    if value is None:
        return default
    if value < 1:
        raise UsageError(f"{option}: found {value}, expected a whole number of at least 1")
    return value


def _trials(text: str | None, default: int) -> tuple[int, bool]:
    """Return the trials per cell, and whether they are rather planned from the reference."""
    if text is None:
        return default, False
    if text == "auto":
        return 1, True
    if not text.isdecimal():
        raise UsageError(f"--quant-trials: found {text!r}, expected a whole number of at least 1, or auto")
    return _positive("--quant-trials", int(text), default), False


def _concurrency(value: Any) -> int | None:
    if value is None:
        return None
    if not str(value).isdecimal():
        raise UsageError(f"--quant-concurrency: found {value!r}, expected a whole number of at least 1")
    return _positive("--quant-concurrency", int(value), 1)


def _gate(text: str | None) -> Gate:
    try:
        return Gate(text or "verdict")
    except ValueError:
        raise UsageError(f"quant_gate: found {text!r}, expected verdict, strict, each or none") from None
