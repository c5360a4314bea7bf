"""JSON Schemas of every record that is written to a file (``docs/schemas/``)."""

from __future__ import annotations

from pathlib import Path

from agentbench.records import (
    Episode,
    Evidence,
    Lock,
    ModelFamily,
    PlannedRun,
    Record,
    RenderedTask,
    RunComparison,
    Scorecard,
    ScoredEpisode,
    ServerInfo,
    TaskSpec,
    Trajectory,
)
from agentbench.store.files import pretty_json
from agentbench.store.reference import ReferenceHead

SCHEMA_RECORDS: dict[str, type[Record]] = {
    "episode": Episode,
    "evidence": Evidence,
    "lock": Lock,
    "model-family": ModelFamily,
    "planned-run": PlannedRun,
    "reference": ReferenceHead,
    "rendered-task": RenderedTask,
    "run-comparison": RunComparison,
    "scorecard": Scorecard,
    "scored-episode": ScoredEpisode,
    "server": ServerInfo,
    "task": TaskSpec,
    "trajectory": Trajectory,
}


def schema_text(record_type: type[Record]) -> str:
    """Return a record's JSON Schema (draft 2020-12) as text."""
    schema = record_type.model_json_schema(mode="serialization")
    return pretty_json({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def write_schemas(directory: Path) -> list[Path]:
    """Write all schemas and return their paths."""
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, record_type in SCHEMA_RECORDS.items():
        path = directory / f"{name}.schema.json"
        path.write_text(schema_text(record_type), encoding="utf-8")
        paths.append(path)
    return paths
