"""Metrics in any engine's names, and telling a hung server from a busy one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from agentbench.records import ServerInfo
from agentbench.serving import Server, ServerMetrics
from agentbench.serving.metrics import parse_metrics
from agentbench.serving.readiness import Api
from agentbench.serving.watchdog import FLOOR_S, UNMEASURED_S, Watchdog, prefill_rate

VLLM = """
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="m"} 3.0
vllm:num_requests_running{engine="1",model_name="m"} 1.0
vllm:num_requests_waiting{engine="0",model_name="m"} 2.0
vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.25
vllm:kv_cache_usage_perc{engine="1",model_name="m"} 0.5
vllm:prompt_tokens_total{engine="0"} 1.2e+06
vllm:prompt_tokens_cached_total{engine="0"} 2e+05
vllm:generation_tokens_total{engine="0"} 77.0
vllm:request_prefill_time_seconds_sum{engine="0"} 100.0
vllm:num_preemptions_total{engine="0"} 1.0
vllm:some_nan NaN
broken line
"""


def test_vllm_names() -> None:
    assert parse_metrics(VLLM) == ServerMetrics(4, 2, 0.5, 1.2e6, 2e5, 77.0, 100.0, 1.0)
    assert prefill_rate(parse_metrics(VLLM)) == pytest.approx(10_000)


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("vllm:gpu_cache_usage_perc 0.1", "kv", 0.1),
        ("sglang:num_running_reqs 5", "running", 5),
        ("sglang:num_queue_reqs 6", "waiting", 6),
        ("num_requests_running 2", "running", 2),
        ("vllm:generation_tokens 9", "generation_tokens", 9.0),
        ("", "running", None),
        ("<html>", "kv", None),
    ],
)
def test_other_names_and_none(text: str, field: str, value: float | None) -> None:
    assert getattr(parse_metrics(text), field) == value


IDLE = ServerMetrics(running=0, waiting=0, kv=0.5)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


BUSY = ServerMetrics(
    running=1, waiting=1, kv=0.5, prompt_tokens=1e6, cached_tokens=0.0, generation_tokens=5.0, prefill_s=100.0
)
# 1e6 tokens in 100 s are 10,000 a second; two requests of 100,000 tokens are 20 s, three times that is below the floor.


def watch(samples: list[tuple[float, ServerMetrics | None]], window_tokens: int = 100_000) -> list[bool]:
    clock = Clock()
    dog = Watchdog(window_tokens=window_tokens, clock=clock)
    verdicts = []
    for step_s, sample in samples:
        clock.now += step_s
        verdicts.append(dog.observe(sample) is not None)
    return verdicts


def changed(**fields: float) -> ServerMetrics:
    return ServerMetrics(**{**BUSY.__dict__, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("samples", "verdicts"),
    [
        ([(0, BUSY), (FLOOR_S, BUSY), (1, BUSY)], [False, False, True]),
        ([(0, BUSY), (100, changed(generation_tokens=6)), (100, changed(generation_tokens=6))], [False] * 3),
        ([(0, BUSY), (100, changed(kv=0.51)), (100, changed(kv=0.52)), (100, changed(kv=0.53))], [False] * 4),
        ([(0, BUSY), (100, changed(running=2, waiting=0)), (100, changed(running=2, waiting=0))], [False] * 3),
        ([(0, BUSY), (100, changed(waiting=2)), (121, changed(waiting=2))], [False, False, True]),
        # an idle server is never stuck, and its clock starts with the first request
        ([(0, IDLE), (9999, IDLE), (1, BUSY), (119, BUSY)], [False] * 4),
        # /metrics stops answering while requests wait
        ([(0, BUSY), (60, None), (59, None), (2, None)], [False, False, False, True]),
        # ... and before anything was known
        ([(0, None), (UNMEASURED_S, None), (1, None)], [False, False, True]),
        # a server without metrics is never called stuck
        ([(0, ServerMetrics()), (9999, ServerMetrics())], [False, False]),
    ],
)  # fmt: skip
def test_stuck(samples: list[tuple[float, ServerMetrics | None]], verdicts: list[bool]) -> None:
    assert watch(samples) == verdicts


def test_patience_grows_with_what_waits_and_with_a_slow_prefill() -> None:
    slow = changed(prefill_s=10_000.0)  # 100 tokens a second: 2 x 100,000 tokens are 2,000 s
    assert watch([(0, slow), (5_999, slow), (2, slow)]) == [False, False, True]


def test_before_any_prefill_is_measured() -> None:
    fresh = changed(prompt_tokens=0.0, prefill_s=0.0)
    assert watch([(0, fresh), (UNMEASURED_S, fresh), (1, fresh)]) == [False, False, True]


@pytest.fixture
def hung() -> Iterator[ThreadingHTTPServer]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            data = VLLM.encode()
            self.send_response(200 if self.path == "/metrics" else 404)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_hung_server_over_http(hung: ThreadingHTTPServer) -> None:
    clock = Clock()
    base_url = f"http://127.0.0.1:{hung.server_port}/v1"
    info = ServerInfo(kind="endpoint", base_url=base_url, model="m", max_model_len=8192)
    with Server(info, Api(base_url), process=None, clock=clock) as server:
        assert server.alive()
        assert server.stuck() is None
        clock.now += FLOOR_S
        assert server.stuck() is None
        clock.now += 1
        assert server.stuck() == "it made no progress for 121 s with 4 requests running and 2 waiting"
