"""What sizes contexts: the order of choice, over a fake Hub cache, a stub Hub and a stub server."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from huggingface_hub import constants
from tokenizers import Tokenizer as HubTokenizer
from tokenizers import models, pre_tokenizers

from agentbench.agent import ChatClient, ServerCounter
from agentbench.errors import ContextPlanError
from agentbench.records import Engine, ModelFamily, QuantProfile, Tokenizer
from agentbench.runner.tokenizers import family_counter
from tests.agent.agent_helpers import ScriptedServer

MESSAGES = [{"role": "user", "content": "a b"}]
TEMPLATE = "{{ bos_token }} {{ messages[0].content }}"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return tmp_path / "hub"


@pytest.fixture
def files() -> dict[str, str]:
    """A repository whose tokenizer knows three words."""
    tokenizer = HubTokenizer(models.WordLevel({"?": 0, "a": 1, "b": 2, "s": 3}, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    config = {"bos_token": "s", "chat_template": TEMPLATE}
    return {"tokenizer.json": tokenizer.to_str(), "tokenizer_config.json": json.dumps(config)}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()  # answers 404 where nothing else is said
    yield scripted
    scripted.stop()


@pytest.fixture
def fallback(server: ScriptedServer) -> Iterator[ServerCounter]:
    with ChatClient(server.url, "m") as client:
        yield ServerCounter(client)


def put(directory: Path, files: dict[str, str]) -> Path:
    directory.mkdir(parents=True)
    for name, text in files.items():
        (directory / name).write_text(text)
    return directory


def cached(hub_cache: Path, repository: str, files: dict[str, str]) -> None:
    base = hub_cache / f"models--{repository.replace('/', '--')}"
    put(base / "refs", {"main": COMMIT})
    put(base / "snapshots" / COMMIT, files)


def family(tokenizer: Tokenizer, checkpoint: str | None = None) -> ModelFamily:
    engine = Engine(kind="endpoint", url="http://x") if checkpoint is None else Engine()
    return ModelFamily(
        name="f",
        source="f.toml",
        context_window=4096,
        reference="q",
        tokenizer=tokenizer,
        tools=["read_file", "submit"],
        default_suite="smoke",
        quants={"q": QuantProfile(name="q", checkpoint=checkpoint, engine=engine)},
    )


def test_the_familys_own_tokenizer_comes_first(
    hub_cache: Path, files: dict[str, str], server: ScriptedServer, fallback: ServerCounter
) -> None:
    cached(hub_cache, "org/model", files)
    counter = family_counter(family(Tokenizer(repo="org/model")), fallback)
    assert counter.name == "tokenizer"
    assert counter.ids(MESSAGES, []) == [3, 1, 2]
    assert server.requests == []


def test_the_template_is_the_references(hub_cache: Path, files: dict[str, str], fallback: ServerCounter) -> None:
    cached(hub_cache, "org/model", files)
    cached(hub_cache, "org/original", {"chat_template.jinja": "b"})
    counter = family_counter(family(Tokenizer(repo="org/model"), "org/original"), fallback)
    assert counter.ids(MESSAGES, []) == [2]


@pytest.mark.parametrize("name", ["", "tokenizer.json"])
def test_a_local_tokenizer_brings_its_template(
    tmp_path: Path, files: dict[str, str], fallback: ServerCounter, name: str
) -> None:
    path = put(tmp_path / "own", files) / name
    assert family_counter(family(Tokenizer(path=str(path))), fallback).ids(MESSAGES, []) == [3, 1, 2]


def test_else_the_server_counts(server: ScriptedServer, fallback: ServerCounter) -> None:
    server.answers = [{"tokens": [7]}]
    assert family_counter(family(Tokenizer(repo="org/model")), fallback) is fallback


def test_neither_is_one_sentence_that_says_what_to_do(fallback: ServerCounter) -> None:
    with pytest.raises(
        ContextPlanError, match=r"f\.toml: .* no /tokenize, and the tokenizer of org/model .*; download tokenizer\.json"
    ):
        family_counter(family(Tokenizer(repo="org/model")), fallback)


@pytest.fixture
def hub(files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Hub that holds org/model."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self.reply(send=False)

        def do_GET(self) -> None:
            self.reply(send=True)

        def reply(self, *, send: bool) -> None:
            name = self.path.rpartition("/")[2]
            known = self.path.startswith("/org/model/resolve/") and name in files
            data = files[name].encode() if known else b""
            self.send_response(200 if known else 404)
            self.send_header("X-Repo-Commit", COMMIT)
            if known:
                self.send_header("ETag", f'"{hashlib.sha1(data).hexdigest()}"')
            else:
                self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if send:
                self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}")
    yield
    server.shutdown()
    server.server_close()


def test_for_a_server_without_tokenize_the_tokenizer_is_downloaded(
    hub: None, hub_cache: Path, fallback: ServerCounter
) -> None:
    counter = family_counter(family(Tokenizer(repo="org/model")), fallback)
    assert counter.name == "tokenizer"
    assert counter.ids(MESSAGES, []) == [3, 1, 2]
    assert (hub_cache / "models--org--model/snapshots" / COMMIT / "tokenizer.json").is_file()
