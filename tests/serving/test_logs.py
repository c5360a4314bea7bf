# ruff: noqa: E501
"""Boot progress and early deaths, read from engines' own lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentbench.serving.deaths import explain_death
from agentbench.serving.loglines import LogFollower, progress_of, read_log, strip_prefix


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("(Worker pid=24050) INFO 11-23 12:37:01 [cpu_model_runner.py:68] Starting to load", "Starting to load"),
        ("(EngineCore_DP0 pid=9) INFO 03-02 09:10:11 [core.py:1] x", "x"),
        ("(EngineCore_DP0 pid=9) (Worker_TP0 pid=10) ERROR 03-02 09:10:11 [core.py:1] x", "x"),
        ("INFO 03-02 09:10:11 [core.py:1] x", "x"),
        ("INFO 2026-03-02 09:10:11,123 [core.py:1] x", "x"),
        ("(APIServer pid=1) ValueError: no", "ValueError: no"),
        ("ValueError: (1) no", "ValueError: (1) no"),
        (
            "Loading safetensors checkpoint shards:  50% Completed",
            "Loading safetensors checkpoint shards:  50% Completed",
        ),
    ],
)
def test_prefixes(line: str, message: str) -> None:
    assert strip_prefix(line) == message


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("(APIServer pid=2) INFO 11-23 12:36:33 [model.py:733] Resolved architecture: LlamaForCausalLM", "architecture LlamaForCausalLM"),
        ("Fetching 130 files:  21%|##        | 27/130 [00:10<00:30]", "downloading the checkpoint: 27 of 130 (21 %)"),
        ("model-00001.safetensors: Downloading:  21%|##| 1.2G/5.0G [00:10<00:30]", "downloading the checkpoint: 1.2G of 5.0G (21 %)"),
        ("Loading safetensors checkpoint shards:  50% Completed | 3/6 [00:00<?, ?it/s]", "loading weights: 3 of 6 files"),
        ("INFO 11-23 12:36:33 [default_loader.py:501] Loading weights took 12.30 seconds", "weights loaded in 12.30 s"),
        ("INFO 11-23 12:36:33 [x.py:1] Model loading took 61.2 GiB memory and 30.1 seconds", "model loaded: 61.2 GiB"),
        ("INFO 11-23 12:36:33 [x.py:1] Available KV cache memory: 21.52 GiB", "KV cache: 21.52 GiB"),
        ("INFO 11-23 12:36:33 [x.py:1] CPU KV cache size: 2,097,152 tokens, Maximum concurrency for 2,048 tokens", "KV cache: 2,097,152 tokens"),
        ("INFO 11-23 12:36:33 [x.py:1] Maximum concurrency for 196,608 tokens per request: 3.24x", "KV cache: 3.24 requests of 196,608 tokens"),
        ("INFO 11-23 12:36:33 [x.py:1] torch.compile takes 31.12 s in total", "compiled in 31.12 s"),
        ("Capturing CUDA graphs (mixed prefill-decode, PIECEWISE):  12%|#2  | 8/67", "capturing graphs: 12 %"),
        ("INFO 11-23 12:36:33 [x.py:1] Graph capturing finished in 21 secs, took 0.50 GiB", "graphs captured in 21 s"),
        ("INFO 11-23 12:36:33 [x.py:1] Starting vLLM API server 0 on http://127.0.0.1:8000", "starting the HTTP server"),
        ("something else", None),
    ],
)  # fmt: skip
def test_boot_progress(line: str, said: str | None) -> None:
    assert progress_of(line) == said


@pytest.mark.parametrize(
    ("log", "exit_code", "parts"),
    [
        ("api_server.py: error: unrecognized arguments: --nonsense 3", 2, ["does not know the argument --nonsense 3"]),
        ("vllm serve: error: argument --max-num-seqs: invalid int value: 'x'", 2, ["refused the argument --max-num-seqs", "invalid int"]),
        ("KeyError: 'invalid tool call parser: nope (chose from { a,b })'", 1, ["no tool call parser 'nope'"]),
        ("KeyError: 'invalid reasoning parser: nope (chose from { a,b })'", 1, ["no reasoning parser 'nope'"]),
        ("huggingface_hub.errors.LocalEntryNotFoundError: Cannot find an appropriate cached snapshot folder", 1, ["not on this machine", "HF_HUB_OFFLINE"]),
        ("huggingface_hub.errors.RepositoryNotFoundError: 404 Client Error.", 1, ["was not found"]),
        ("huggingface_hub.errors.HFValidationError: Repo id must be in the form 'repo_name'", 1, ["was not found"]),
        ("OSError: a/b is not a local folder and is not a valid model identifier", 1, ["was not found"]),
        ("huggingface_hub.errors.GatedRepoError: 401 Client Error. Cannot access gated repo", 1, ["access to the checkpoint was denied", "HF_TOKEN"]),
        ("httpx.ConnectError: [Errno -3] Temporary failure in name resolution", 1, ["Hub cannot be reached"]),
        ("OSError: a/b does not appear to have a file named config.json.", 1, ["incomplete"]),
        ("RuntimeError: Cannot find any model weights with `x`", 1, ["incomplete"]),
        ("OSError: [Errno 98] Address already in use", 1, ["port is taken"]),
        ("OSError: [Errno 28] No space left on device", 1, ["disk is full"]),
        ("RuntimeError: Failed to infer device type, please set the environment variable", 1, ["no usable NVIDIA GPU"]),
        ("ImportError: libcuda.so.1: cannot open shared object file: No such file or directory", 1, ["no usable NVIDIA GPU"]),
        ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB", 1, ["GPU is out of memory"]),
        ("ValueError: Free memory on device cuda:0 (3.1/79.2 GiB) on startup is less than desired GPU memory utilization (0.9)", 1, ["held by another program", "3.1/79.2"]),
        (
            "ValueError: To serve at least one request with the model's max seq len (196608), (23.25 GiB KV cache is needed, which is "
            "larger than the available KV cache memory (11.02 GiB). Based on",
            1, ["KV cache is too small", "196608 needs 23.25 GiB and 11.02 GiB are free", "gpu-memory-utilization"],
        ),
        ("ValueError: No available memory for the cache blocks. Try increasing", 1, ["no memory is left for the KV cache"]),
        ("ValueError: The quantization method modelopt_fp4 is not supported for the current GPU. Minimum capability: 100. Current capability: 90.", 1, ["cannot run the quantization modelopt_fp4", "Minimum capability: 100"]),
        ("ValueError: Unknown quantization method: foo. Must be one of", 1, ["cannot run the checkpoint's quantization", "foo"]),
        ("ValueError: No NvFp4 MoE backend supports the deployment configuration.", 1, ["cannot run the checkpoint's quantization"]),
        ("  Value error, User-specified max_model_len (99999) is greater than the derived max_model_len (max_position_embeddings=2048.0 or", 1, ["max-model-len 99999", "max_position_embeddings = 2048.0"]),
        ("ValueError: Model architectures ['FooForCausalLM'] are not supported for now.", 1, ["does not know the checkpoint's architecture"]),
        ("ModuleNotFoundError: No module named 'vllm'", 1, ["vLLM is not installed"]),
        ("INFO all is well", -9, ["killed (signal 9)", "out-of-memory killer"]),
        ("  Value error, invalid literal for int() [type=value_error, input]", 1, ["it failed with: invalid literal for int()"]),
        ("(EngineCore pid=3) RuntimeError: strange thing\nRuntimeError: Engine core initialization failed. See root cause above.", 1, ["it failed with: RuntimeError: strange thing"]),
        ("", -11, ["signal 11 (SIGSEGV)"]),
        ("", 3, ["exit status 3 and gave no reason"]),
        ("", None, ["unknown status"]),
    ],
)  # fmt: skip
def test_deaths_in_one_sentence(log: str, exit_code: int | None, parts: list[str]) -> None:
    sentence = explain_death(log.splitlines(), exit_code)
    for part in parts:
        assert part in sentence
    assert "\n" not in sentence
    assert len(sentence) <= 400


def test_follower_gives_whole_lines_once_and_splits_progress_bars(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"old\n")
    follower = LogFollower(log, start=4)
    with log.open("ab") as file:
        file.write(b"one\ntwo: 1%\rtwo: 2%\rhal")
    assert list(follower.new_lines()) == ["one", "two: 1%", "two: 2%"]
    with log.open("ab") as file:
        file.write(b"f\n\xff\n")
    assert list(follower.new_lines()) == ["half", "\ufffd"]
    assert list(follower.new_lines()) == []
    assert read_log(log, start=4)[0] == "one"
    assert read_log(tmp_path / "none") == []
