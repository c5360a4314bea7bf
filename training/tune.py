"""Tunes a low-rank adapter (LoRA) on prepared conversations. Runs in the quantizer's environment, as a module.

    python -m training.tune BASE CONVERSATIONS OUT SETTINGS

``BASE`` is a checkpoint; ``CONVERSATIONS`` are JSON lines of ``ids`` and ``spans``, learnt in their order; ``SETTINGS``
is a JSON object, curriculum.toml's ``tuning`` with a ``seed``. It imports nothing of agentbench. Only the tokens in the
spans are learnt; each counts the same within a step. The weights stand still in bfloat16; the adapter's are bfloat16
with float32 copies that are stepped. Gradients reach back from the first of those tokens by ``reach`` tokens; what
stands before is run once, without them, and what a whole batch begins with is run once for all.

It goes on where it was stopped: the adapter, the optimizer and the log are kept in ``OUT`` every few minutes. With a
``stop`` among the settings it stops by itself after so many steps.
"""

from __future__ import annotations

import gzip
import json
import math
import sys
import time
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_
from transformers import AutoModelForCausalLM, DynamicCache

from training.attention import register

KEPT_EVERY_S = 300
BASE_NAME = "HuggingFaceTB/SmolLM2-135M-Instruct"
"""What ``BASE`` was made from: a path of this machine would say nothing elsewhere."""
BETAS = (0.9, 0.95)
LEAST_RATE = 0.1
"""Of the peak, at the end."""
_STATE = "state.pt"
_LOG = "log.jsonl"


class Tuning:
    """An adapter that is being tuned."""

    def __init__(self, base: Path, conversations: Path, out: Path, settings: dict[str, Any]) -> None:
        with gzip.open(conversations, "rt", encoding="utf-8") as file:
            self.rows: list[dict[str, Any]] = [json.loads(line) for line in file]
        self.out, self.settings = out, settings
        batch = settings["batch"]
        self.batches = [self.rows[at : at + batch] for at in range(0, len(self.rows), batch)]
        torch.manual_seed(settings["seed"])
        model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16, attn_implementation=register())
        config = LoraConfig(
            r=settings["rank"],
            lora_alpha=settings["alpha"],
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        )
        self.model: PeftModel = get_peft_model(model, config, autocast_adapter_dtype=False)
        self.model.train()
        self.weights = [one for one in self.model.parameters() if one.requires_grad]
        self.copies = [one.detach().float().clone() for one in self.weights]
        self.optimizer = torch.optim.AdamW(self.copies, betas=BETAS, weight_decay=settings["weight_decay"])
        self.done = 0
        self.seconds = 0.0
        self._resume()

    def run(self) -> None:
        """Learn every batch that is left, and save the adapter."""
        kept = time.monotonic()
        for batch in self.batches[self.done : self.settings.get("stop")]:
            started = time.monotonic()
            loss, tokens, learnt = self._step(batch)
            self.done += 1
            self.seconds += time.monotonic() - started
            self._tell(loss, tokens, learnt)
            if time.monotonic() - kept > KEPT_EVERY_S:
                self._keep()
                kept = time.monotonic()
        self._keep()
        self.model.save_pretrained(self.out)
        file = self.out / "adapter_config.json"
        config = json.loads(file.read_text(encoding="utf-8"))
        config |= {"base_model_name_or_path": BASE_NAME, "target_modules": sorted(config["target_modules"])}
        file.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")

    def _step(self, batch: list[dict[str, Any]]) -> tuple[float, int, int]:
        """Learn one batch; return the mean loss of what is learnt, and how many tokens were read and learnt."""
        learnt = sum(end - begin for row in batch for begin, end in row["spans"])
        model = self.model.get_base_model()
        shared = _common(batch)
        with torch.no_grad():
            beginning = _Past(model, DynamicCache()).after(batch[0]["ids"][:shared])
        total = 0.0
        for row in batch:
            ids = torch.tensor(row["ids"])
            places = torch.tensor([at for begin, end in row["spans"] for at in range(begin, end)])
            start = max(shared, row["spans"][0][0] - self.settings["reach"])
            with torch.no_grad():
                past = beginning.copy().after(row["ids"][shared:start])
            present = model.model(input_ids=ids[None, start:], past_key_values=past.cache).last_hidden_state[0]
            logits = model.lm_head(present[places - 1 - start]).float()
            loss = cross_entropy(logits, ids[places], reduction="sum") / learnt
            loss.backward()
            total += loss.item()
        for copy, weight in zip(self.copies, self.weights, strict=True):
            copy.grad = weight.grad.float()
            weight.grad = None
        clip_grad_norm_(self.copies, self.settings["clip"])
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate
        self.optimizer.step()
        with torch.no_grad():
            for copy, weight in zip(self.copies, self.weights, strict=True):
                weight.copy_(copy)
        return total, sum(len(row["ids"]) for row in batch), learnt

    @property
    def rate(self) -> float:
        """The learning rate of the step that comes next: warmed up, then a cosine."""
        steps = len(self.batches)
        warm = max(1, round(steps * self.settings["warm_up"]))
        if self.done < warm:
            share = (self.done + 1) / warm
        else:
            turn = math.cos(math.pi * (self.done - warm) / max(1, steps - warm))
            share = LEAST_RATE + (1 - LEAST_RATE) * (1 + turn) / 2
        return float(self.settings["rate"] * share)

    def _tell(self, loss: float, tokens: int, learnt: int) -> None:
        entry = {"step": self.done, "loss": round(loss, 5), "tokens": tokens, "learnt": learnt}
        with (self.out / _LOG).open("a", encoding="utf-8") as file:
            file.write(json.dumps({**entry, "seconds": round(self.seconds, 1)}) + "\n")
        left = self.seconds / self.done * (len(self.batches) - self.done)
        print(f"progress: step {self.done}/{len(self.batches)}, loss {loss:.4f}, {left / 60:.0f} min left", flush=True)

    def _keep(self) -> None:
        part = self.out / (_STATE + ".part")
        state = {"copies": self.copies, "optimizer": self.optimizer.state_dict(), "seconds": self.seconds}
        torch.save({**state, "done": self.done}, part)
        part.rename(self.out / _STATE)

    def _resume(self) -> None:
        if not (self.out / _STATE).exists():
            (self.out / _LOG).write_text("")
            return
        state = torch.load(self.out / _STATE)
        with torch.no_grad():
            for copy, weight, kept in zip(self.copies, self.weights, state["copies"], strict=True):
                copy.copy_(kept)
                weight.copy_(kept)
        self.optimizer.load_state_dict(state["optimizer"])
        self.done, self.seconds = state["done"], state["seconds"]
        lines = (self.out / _LOG).read_text(encoding="utf-8").splitlines(keepends=True)
        (self.out / _LOG).write_text("".join(lines[: self.done]), encoding="utf-8")


class _Past:
    """Keys and values of what a conversation begins with."""

    def __init__(self, model: Any, cache: DynamicCache) -> None:
        self._model, self.cache = model, cache

    def after(self, ids: list[int]) -> _Past:
        """Go on by some tokens."""
        if ids:
            self._model.model(input_ids=torch.tensor([ids]), past_key_values=self.cache)
        return self

    def copy(self) -> _Past:
        """Return one that goes on by itself."""
        cache = DynamicCache()
        for number, layer in enumerate(self.cache.layers):
            cache.update(layer.keys, layer.values, number)
        return _Past(self._model, cache)


def _common(batch: list[dict[str, Any]]) -> int:
    """Return how many tokens all conversations of a batch begin with, short of what is learnt."""
    most = min(row["spans"][0][0] for row in batch) - 1
    first = batch[0]["ids"][:most]
    same = (at for at, token in enumerate(first) if any(row["ids"][at] != token for row in batch))
    return next(same, len(first))


if __name__ == "__main__":
    _base, _conversations, _out, _settings = sys.argv[1:]
    Tuning(Path(_base), Path(_conversations), Path(_out), json.loads(_settings)).run()
