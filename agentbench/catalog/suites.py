"""Suites: presets of tasks, contexts, variants, trials and alpha."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from agentbench.catalog.checking import check_tables, read_toml
from agentbench.catalog.files import SuitesFile, SuiteTable
from agentbench.errors import CatalogError, did_you_mean
from agentbench.records import ModelFamily, Suite

_PRESETS = Path(__file__).resolve().parent / "builtin" / "suites.toml"


def to_suite(table: SuiteTable) -> Suite:
    """Return the record of a checked table."""
    return Suite.model_validate(table.model_dump())


@cache
def preset_suites() -> dict[str, Suite]:
    """Return the suites that every family has: ``smoke``, ``nightly`` and ``full``."""
    checked = check_tables(SuitesFile, read_toml(_PRESETS), file=_PRESETS)
    assert checked is not None  # only a partial check can give None
    return {name: to_suite(table) for name, table in checked.suite.items()}


def resolve_suite(family: ModelFamily, name: str | None) -> tuple[str, Suite]:
    """Return the suite's name and contents; a family's own ``[suite.<name>]`` wins over the preset of that name.

    A preset is cut to the contexts that are below the family's window; a family's own suite is taken as it is.

    Raises:
        CatalogError: if there is no such suite (with the nearest names), or no context of a preset fits the window.
    """
    wanted = name or family.default_suite
    if wanted in family.suites:
        return wanted, family.suites[wanted]
    presets = preset_suites()
    if wanted not in presets:
        known = did_you_mean(wanted, {*family.suites, *presets})
        raise CatalogError(f"{family.name} ({family.source}) has no suite '{wanted}'{known}")
    preset = presets[wanted]
    fitting = [size for size in preset.contexts if size < family.context_window]
    if not fitting:
        raise CatalogError(
            f"suite '{wanted}' starts at {min(preset.contexts)} tokens of context and {family.name} has a window of "
            f"{family.context_window}; choose another suite{_own(family)} or give --quant-context"
        )
    return wanted, preset.model_copy(update={"contexts": fitting})


def _own(family: ModelFamily) -> str:
    return f" ({', '.join(sorted(family.suites))})" if family.suites else ""
