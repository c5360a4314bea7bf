"""Writes a tiny random Llama checkpoint; run by the interpreter that has transformers, not by ours."""

from __future__ import annotations

import json
import string
import sys
from pathlib import Path

CHAT_TEMPLATE = (
    "{% for tool in tools or [] %}<t>{{ tool | tojson }}</t>{% endfor %}"
    "{% for message in messages %}<m>{{ message.role }}: {{ message.content }}</m>{% endfor %}<m>assistant:"
)


def write(directory: Path) -> None:
    """Two layers, 64 wide, a byte-per-character tokenizer: boots in seconds and answers gibberish."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    alphabet = pre_tokenizers.ByteLevel.alphabet()
    words = ["<s>", "</s>", *sorted(alphabet)]
    tokenizer = Tokenizer(models.BPE(vocab={word: index for index, word in enumerate(words)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")
    fast.chat_template = CHAT_TEMPLATE
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(words),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=2048,
        bos_token_id=0,
        eos_token_id=1,
    )
    model = LlamaForCausalLM(config).to(torch.bfloat16)
    model.save_pretrained(directory)
    fast.save_pretrained(directory)
    printable = set(string.printable)
    assert json.loads((directory / "config.json").read_text())["vocab_size"] == len(words) and printable


if __name__ == "__main__":
    write(Path(sys.argv[1]))
