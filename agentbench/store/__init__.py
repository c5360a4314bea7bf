"""Runs, references and scorecards on disk."""

from agentbench.store.files import parse_record, pretty_json, read_json, write_atomically
from agentbench.store.journal import Journal, newest_run, previous_run, read_scorecard, runs_of, write_scorecard
from agentbench.store.locks import hard_differences, refuse_other_lock, soft_differences
from agentbench.store.portable import on_this_machine
from agentbench.store.reference import (
    Reference,
    as_reference,
    import_reference,
    load_reference,
    load_results,
    save_reference,
)
from agentbench.store.schemas import SCHEMA_RECORDS, schema_text, write_schemas

__all__ = [
    "SCHEMA_RECORDS",
    "Journal",
    "Reference",
    "as_reference",
    "hard_differences",
    "import_reference",
    "load_reference",
    "load_results",
    "newest_run",
    "on_this_machine",
    "parse_record",
    "pretty_json",
    "previous_run",
    "read_json",
    "read_scorecard",
    "refuse_other_lock",
    "runs_of",
    "save_reference",
    "schema_text",
    "soft_differences",
    "write_atomically",
    "write_schemas",
    "write_scorecard",
]
