"""Which engine arguments a family, a profile or ``--quant-engine-arg`` may set."""

from __future__ import annotations

from agentbench.errors import CatalogError, UsageError
from agentbench.records.family import EngineArg

_OURS = "agentbench sets it itself"
_REFUSED = {
    "quantization": (
        "vLLM reads the quantization from the checkpoint's config.json, and naming it here would hide a checkpoint "
        "that is not what it says it is; remove the argument"
    ),
    "model": "set 'checkpoint' of the profile instead",
    "revision": "set 'revision' of the profile instead",
    "tokenizer": "the tokenizer is the checkpoint's own; 'tokenizer' of the family only sizes contexts",
    "chat-template": "the template is pinned for every profile of a family: set 'chat_template' of the family instead",
    "override-generation-config": "sampling is sent with every request: set [sampling] of the family instead",
    "served-model-name": f"{_OURS}; for an endpoint set 'served_name'",
    "host": f"{_OURS} (127.0.0.1)",
    "port": f"{_OURS} (a free one)",
    "api-key": f"{_OURS}; for an endpoint set 'api_key'",
    "uds": _OURS,
}
_SHORT = {"q": "quantization", "tp": "tensor-parallel-size", "pp": "pipeline-parallel-size"}


def check_engine_arg(key: str, value: EngineArg, *, where: str) -> str:
    """Return the argument's plain name (``kv-cache-dtype``), or refuse it.

    Args:
        key: As written, with dashes or underscores, without leading dashes.
        value: As written.
        where: Start of the message: the file and key path, or the option.

    Raises:
        CatalogError: for an argument that would defeat the measurement or that agentbench sets itself.
    """
    if key.startswith("-"):
        raise CatalogError(f"{where}: write the argument without its leading dashes, '{key.lstrip('-')}'")
    name = key.replace("_", "-")
    name = _SHORT.get(name, name)
    if reason := _REFUSED.get(name):
        raise CatalogError(f"{where}: the engine argument '{key}' is refused: {reason}")
    if name == "generation-config" and value != "vllm":
        raise CatalogError(
            f"{where}: generation-config is pinned to 'vllm' (found {value!r}), so that no checkpoint brings sampling "
            "settings of its own; set [sampling] of the family instead"
        )
    return name


def parse_engine_arg(text: str) -> tuple[str, EngineArg]:
    """Read one ``--quant-engine-arg`` value: ``max-num-seqs=8``, ``enforce-eager`` or ``enforce-eager=false``.

    Raises:
        UsageError: if there is no name.
        CatalogError: if the argument is refused.
    """
    where = f"--quant-engine-arg {text}"
    key, equals, raw = text.partition("=")
    if not key.strip():
        raise UsageError(f"{where}: expected NAME=VALUE, as in max-num-seqs=8")
    value = _value(raw) if equals else True
    return check_engine_arg(key.strip(), value, where=where), value


def _value(raw: str) -> EngineArg:
    if raw.lower() in ("true", "false"):
        return raw.lower() == "true"
    for kind in (int, float):
        try:
            return kind(raw)
        except ValueError:
            continue
    return raw
