"""A program that boots, answers, hangs and dies like vLLM, in a second: for what is around the engine.

STUB_MODE chooses what it does; everything else is as a healthy server does it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MODE = os.environ.get("STUB_MODE", "")
LOG = [
    "(APIServer pid=1) INFO 11-23 12:36:33 [model.py:733] Resolved architecture: StubForCausalLM",
    "Loading safetensors checkpoint shards:  50% Completed | 1/2 [00:00<?, ?it/s]",
    "(Worker pid=2) INFO 11-23 12:37:01 [nvfp4.py:240] Using 'MARLIN' NvFp4 MoE backend out of potential backends: [].",
    "(Worker pid=2) INFO 11-23 12:37:01 [__init__.py:9] Using FlashInferCutlassNvFp4LinearKernel for NVFP4 GEMM",
]
METRICS = """# HELP vllm:num_requests_running Number of requests
vllm:num_requests_running{engine="0",model_name="m"} 2.0
vllm:num_requests_waiting{engine="0",model_name="m"} 1.0
vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.25
vllm:prompt_tokens_total{engine="0",model_name="m"} 5000.0
vllm:generation_tokens_total{engine="0",model_name="m"} 70.0
"""
# A child that leaves the process group, loses its parent and will not be told to end.
STRAY = (
    "import os, signal, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "os.setsid()\n"
    "if os.fork(): os._exit(0)\n"
    "time.sleep(600)\n"
)


def option(name: str) -> str:
    return sys.argv[sys.argv.index(name) + 1]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def answer(self, body: object, status: int = 200) -> None:
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        if MODE == "locked" and self.headers.get("Authorization") != "Bearer sesame":
            self.answer({"error": {"message": "who are you?"}}, 401)
        elif self.path == "/health":
            self.answer("", 503 if MODE == "never" else 200)
        elif self.path == "/version":
            self.answer({"version": "0.33.0"})
        elif self.path == "/metrics":
            self.answer(METRICS)
        elif self.path == "/v1/models":
            names = [option("--served-model-name"), *(["small", "tiny"] if MODE == "many" else [])]
            self.answer({"data": [{"id": name, "max_model_len": int(option("--max-model-len"))} for name in names]})
        else:
            self.answer({"detail": "Not Found"}, 404)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if MODE == "mute":
            print("asked", flush=True)
            time.sleep(600)
        if self.path == "/tokenize" and MODE != "prose":
            self.answer({"count": 3, "tokens": [1, 2, 3]})
        elif self.path != "/v1/chat/completions":
            self.answer({"detail": "Not Found"}, 404)
        elif MODE == "notools" and body.get("tools"):
            self.answer({"error": {"message": '"auto" tool choice requires --enable-auto-tool-choice'}}, 400)
        else:
            self.answer({"choices": [self.choice(bool(body.get("tools")))]})

    def choice(self, tools: bool) -> dict[str, object]:
        message: dict[str, object] = {"role": "assistant", "content": "Rainy."}
        if MODE == "malformed" and tools:
            message["tool_calls"] = [{"function": {"name": "get_weather", "arguments": {"city": "Oslo"}}}]
        elif MODE != "prose" and tools:
            call = {"id": "1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Oslo"}'}}
            message |= {"content": None, "tool_calls": [call]}
        return {"message": message, "finish_reason": "tool_calls" if message.get("tool_calls") else "stop"}


def main() -> None:
    if MODE == "oom":
        print("(Worker pid=7) ERROR torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB", flush=True)
        sys.exit(1)
    if MODE == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    marker = Path(os.environ.get("STUB_MARKER", "/nonexistent"))
    if MODE == "port-once" and not marker.exists():
        marker.touch()
        print("OSError: [Errno 98] Address already in use", flush=True)
        sys.exit(1)
    print("\n".join(LOG), flush=True)
    if MODE == "strays":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        subprocess.Popen([sys.executable, "-c", STRAY])
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        time.sleep(0.3)
    ThreadingHTTPServer((option("--host"), int(option("--port"))), Handler).serve_forever()


if __name__ == "__main__":
    main()
