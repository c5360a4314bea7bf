"""Fixtures that write a small task and let a test spoil one of its files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from tests.taskset.task_files import FOREIGN, NATIVE, TOML, WriteTask, write


@pytest.fixture
def tasks_root(tmp_path: Path) -> Path:
    root = tmp_path / "tasks"
    root.mkdir()
    return root


@pytest.fixture
def native_task(tasks_root: Path) -> WriteTask:
    """Write the native task, some files replaced (None removes), some of the TOML's text replaced."""

    def make(name: str = "config/gateway", toml: tuple[str, str] | None = None, **files: str | bytes | None) -> Path:
        replaced = {key.replace("__", "/").replace("_DOT_", "."): value for key, value in files.items()}
        content: dict[str, str | bytes | None] = {**NATIVE, **replaced}
        if toml is not None:
            assert toml[0] in TOML
            content["task.toml"] = TOML.replace(*toml)
        return write(tasks_root / name, content)

    return make


@pytest.fixture
def foreign_task(tasks_root: Path) -> WriteTask:
    def make(name: str = "plain", files: Mapping[str, str | bytes | None] | None = None) -> Path:
        return write(tasks_root / name, {**FOREIGN, **(files or {})})

    return make


@pytest.fixture(scope="session")
def tokenizer_json(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small byte-level BPE, trained here: no download."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=["<s>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([path.read_text() for path in Path(__file__).parent.glob("*.py")], trainer)
    tokenizer.enable_truncation(8)
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    tokenizer.save(str(path))
    config = {"bos_token": {"content": "<s>"}, "eos_token": "<|im_end|>", "pad_token": None}
    path.with_name("tokenizer_config.json").write_text(json.dumps(config))
    return path
