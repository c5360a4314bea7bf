"""A family file, its parents by ``extends``, and the ModelFamily they make."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentbench.catalog.checking import check_tables, read_toml
from agentbench.catalog.engine_args import check_engine_arg
from agentbench.catalog.files import (
    ENGINE_KEYS,
    FAULT_NAMES,
    FAULTS_THAT_ARE_NO_RATES,
    TOOL_NAMES,
    FamilyFile,
    QuantTable,
)
from agentbench.catalog.suites import preset_suites, to_suite
from agentbench.errors import CatalogError, did_you_mean
from agentbench.records import Expectation, ModelFamily, QuantProfile, Tokenizer
from agentbench.records.family import Engine, EngineArg
from agentbench.records.paths import cache_dir

_BUILTIN = Path(__file__).resolve().parent / "builtin"
_PREPARED = "prepared:"


def builtin_families() -> list[str]:
    """Return the names of the families that agentbench ships."""
    return sorted(path.stem for path in _BUILTIN.glob("*.toml") if path.stem != "suites")


def load_family(name_or_path: str, *, rootdir: Path) -> ModelFamily:
    """Load a built-in family by name, or a TOML file by path.

    Args:
        name_or_path: ``minimax-m2.5``, or a path: anything that ends in ``.toml`` or holds a slash.
        rootdir: What relative paths start from.

    Raises:
        CatalogError: for an unknown name (with the nearest ones) or any fault in the file or a file it extends.
    """
    return _family(_locate(name_or_path, base=rootdir, asked_by="--quant-model"))


def get_profile(family: ModelFamily, name: str) -> QuantProfile:
    """Return the family's quant profile.

    Raises:
        CatalogError: if there is none of that name, with the nearest names.
    """
    if name not in family.quants:
        raise CatalogError(f"{family.name} ({family.source}) has no quant '{name}'{did_you_mean(name, family.quants)}")
    return family.quants[name]


def prepared_dir(family: str, name: str) -> Path:
    """Return where a checkpoint that agentbench prepares itself lies, there or not: ``prepared:<name>``."""
    return cache_dir() / "models" / family / name


def _locate(name: str, *, base: Path, asked_by: str) -> Path:
    if name.endswith(".toml") or "/" in name:
        path = (base / Path(name).expanduser()).resolve()
        if not path.is_file():
            raise CatalogError(f"{asked_by}: there is no file {path}; expected the TOML file of a model family")
        return path
    if name in builtin_families():
        return _BUILTIN / f"{name}.toml"
    known = did_you_mean(name, builtin_families())
    raise CatalogError(
        f"{asked_by}: unknown model family '{name}'{known} (a file is named by a path that ends in .toml)"
    )


def _read_merged(path: Path, seen: tuple[Path, ...] = ()) -> dict[str, Any]:
    """Return the tables of ``path`` laid over those of the file it extends; paths in them are absolute."""
    if path in seen:
        chain = " -> ".join(str(each) for each in (*seen[seen.index(path) :], path))
        raise CatalogError(f"{path}: 'extends' goes in a circle: {chain}")
    tables = read_toml(path)
    check_tables(FamilyFile, tables, file=path, partial=True)
    _check_engine_args(tables, path)
    _make_absolute(tables, path.parent)
    parent = tables.pop("extends", None)
    if parent is None:
        return tables
    inherited = _read_merged(_locate(parent, base=path.parent, asked_by=f"{path}: 'extends'"), (*seen, path))
    return _overlay(inherited, tables)


def _overlay(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _overlay(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged


def _make_absolute(tables: dict[str, Any], folder: Path) -> None:
    template = tables.get("chat_template")
    if template is not None and not template.startswith("from:"):
        tables["chat_template"] = str((folder / Path(template).expanduser()).resolve())
    tokenizer = tables.get("tokenizer", {})
    if (path := tokenizer.get("path")) and not path.startswith(_PREPARED):
        tokenizer["path"] = str((folder / Path(path).expanduser()).resolve())
    for quant in tables.get("quant", {}).values():
        if (checkpoint := quant.get("checkpoint")) and checkpoint.startswith((".", "~")):
            quant["checkpoint"] = str((folder / Path(checkpoint).expanduser()).resolve())


def _check_engine_args(tables: dict[str, Any], path: Path) -> None:
    """Refuse what may not be set, and give every argument its plain name so that a child's replaces its parent's."""
    named = {"engine": tables.get("engine", {})} | {f"quant.{key}": val for key, val in tables.get("quant", {}).items()}
    for key, table in named.items():
        args: dict[str, EngineArg] = table.get("args", {})
        if args:
            where = f"{path}: '{key}.args'"
            table["args"] = {check_engine_arg(name, value, where=where): value for name, value in args.items()}


def _family(path: Path) -> ModelFamily:
    file = check_tables(FamilyFile, _read_merged(path), file=path)
    assert file is not None  # only a partial check can give None
    for check in (_check_names, _check_tools, _check_text_side):
        check(file, path)
    quants = {name: _profile(file, name, table, path) for name, table in file.quant.items()}
    return ModelFamily(
        name=file.name,
        source=str(path),
        context_window=file.context_window,
        reference=file.reference,
        tokenizer=_tokenizer(file),
        chat_template=file.chat_template,
        reasoning_field=file.reasoning_field,
        tools=file.tools,
        limits=file.limits,
        sampling=file.sampling,
        margins=file.margins,
        suites={name: to_suite(table) for name, table in file.suite.items()},
        default_suite=file.default_suite,
        quants=quants,
        extra_body=file.extra_body,
    )


def _tokenizer(file: FamilyFile) -> Tokenizer:
    """Return the tokenizer with ``prepared:<quant>`` as the path of that prepared checkpoint."""
    path = file.tokenizer.path or ""
    if not path.startswith(_PREPARED):
        return file.tokenizer
    return file.tokenizer.model_copy(update={"path": str(prepared_dir(file.name, path.removeprefix(_PREPARED)))})


def _check_names(file: FamilyFile, path: Path) -> None:
    if file.reference not in file.quant:
        nearest = did_you_mean(file.reference, file.quant)
        raise CatalogError(f"{path}: 'reference' is '{file.reference}', which is no [quant.<name>]{nearest}")
    suites = {*file.suite, *preset_suites()}
    if file.default_suite not in suites:
        raise CatalogError(
            f"{path}: 'default_suite' is '{file.default_suite}'{did_you_mean(file.default_suite, suites)}"
        )
    for name, suite in file.suite.items():
        if (largest := max(suite.contexts)) >= file.context_window:
            raise CatalogError(
                f"{path}: 'suite.{name}.contexts' holds {largest}, and 'context_window' is {file.context_window}: "
                "a context must leave room for the agent's turns"
            )


def _check_tools(file: FamilyFile, path: Path) -> None:
    for index, tool in enumerate(file.tools):
        if tool not in TOOL_NAMES:
            raise CatalogError(f"{path}: 'tools.{index}' is '{tool}', which is no tool{did_you_mean(tool, TOOL_NAMES)}")
        if tool in file.tools[:index]:
            raise CatalogError(f"{path}: 'tools' names '{tool}' twice")
    for needed, why in (("read_file", "the scripted history calls it"), ("submit", "an episode ends with it")):
        if needed not in file.tools:
            raise CatalogError(f"{path}: 'tools' must name '{needed}': {why}")


def _check_text_side(file: FamilyFile, path: Path) -> None:
    if not (file.tokenizer.repo or file.tokenizer.path or file.tokenizer.builtin):
        raise CatalogError(f"{path}: 'tokenizer' is empty; expected repo, path or builtin = \"words\"")
    if not file.chat_template.startswith("from:"):
        if not Path(file.chat_template).is_file():
            raise CatalogError(f"{path}: 'chat_template': there is no file {file.chat_template}")
    elif file.chat_template != "from:reference":
        raise CatalogError(f"{path}: 'chat_template' is '{file.chat_template}'; expected 'from:reference' or a file")


def _profile(file: FamilyFile, name: str, table: QuantTable, path: Path) -> QuantProfile:
    shared = file.engine.model_dump()
    own = {key: value for key in ENGINE_KEYS if (value := getattr(table, key)) is not None}
    engine = Engine.model_validate(
        {**shared, **own, "args": {**file.engine.args, **table.args}, "env": {**file.engine.env, **table.env}}
    )
    _check_kind(name, table, engine, path)
    return QuantProfile(
        name=name,
        checkpoint=table.checkpoint,
        revision=table.revision,
        engine=engine,
        expect=Expectation.model_validate(table.expect.model_dump()),
        concurrency=table.concurrency,
        faults=table.faults,
    )


def _check_kind(name: str, table: QuantTable, engine: Engine, path: Path) -> None:
    key = f"{path}: 'quant.{name}"
    if engine.kind == "vllm" and not table.checkpoint:
        raise CatalogError(f"{key}.checkpoint' is missing; expected a Hub repository or a local directory")
    if engine.kind == "endpoint" and not engine.url:
        raise CatalogError(
            f'{key}.url\' is missing; an endpoint needs the base URL of its server, as in "https://host/v1"'
        )
    if engine.kind != "endpoint":
        for field in ("url", "api_key", "served_name"):
            if getattr(table, field) is not None:
                raise CatalogError(f'{key}.{field}\' is for kind = "endpoint"; this profile is of kind "{engine.kind}"')
    if table.faults and engine.kind != "sim":
        raise CatalogError(f'{key}.faults\' is for kind = "sim"; this profile is of kind "{engine.kind}"')
    for fault, rate in table.faults.items():
        if fault not in FAULT_NAMES:
            raise CatalogError(f"{key}.faults.{fault}' is no fault{did_you_mean(fault, FAULT_NAMES)}")
        if rate < 0 or (rate > 1 and fault not in FAULTS_THAT_ARE_NO_RATES):
            raise CatalogError(f"{key}.faults.{fault}' is {rate}; expected a rate from 0 to 1")
