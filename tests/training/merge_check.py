"""Runs in the quantizer's environment: our merging of an adapter against PEFT's own, value by value.

    python merge_check.py BASE CONVERT

``BASE`` is the checkpoint as it is packaged, ``CONVERT`` the script that merges.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tempfile
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

base, script = map(Path, sys.argv[1:])
spec = importlib.util.spec_from_file_location("convert", script)
convert = importlib.util.module_from_spec(spec)
spec.loader.exec_module(convert)

torch.manual_seed(0)
model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
settings = LoraConfig(r=4, lora_alpha=12, target_modules="all-linear", task_type="CAUSAL_LM")
adapted = get_peft_model(model, settings)
for name, weight in adapted.named_parameters():
    if "lora_B" in name:
        torch.nn.init.normal_(weight, std=0.05)
with tempfile.TemporaryDirectory() as folder:
    merged, adapter = Path(folder, "merged"), Path(folder, "adapter")
    adapted.save_pretrained(adapter)
    shutil.copytree(base, merged)
    convert.merge(merged, adapter)
    ours = load_file(merged / "model.safetensors")
before, theirs = load_file(base / "model.safetensors"), adapted.merge_and_unload().state_dict()
changed = 0
for name, value in ours.items():
    assert torch.equal(value, theirs[name].to(torch.bfloat16)), name
    changed += not torch.equal(value, before[name])
assert changed == 7 * 30, changed  # every linear layer of every block
print(f"equal in {sum(value.numel() for value in ours.values())} values")
