"""Reading an engine's log: whole lines without their prefixes, and what they say about the boot's progress."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

# "(Worker_TP0 pid=71) INFO 11-23 12:37:01 [default_loader.py:501] Loading weights took ..." since 0.11;
# before that without the first bracket.
_PREFIX = re.compile(
    r"^(?:\([\w .-]+?(?: pid=\d+)?\)\s*)*"
    r"(?:(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL)\s+(?:\d{2,4}-)?\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:[.,]\d+)?\s*"
    r"(?:\[[^\]]*\]\s?)?)?"
)
_BREAK = re.compile(r"[\r\n]")


def strip_prefix(line: str) -> str:
    """Return the message of a log line: no process name, level, time or source."""
    return line[match.end() :] if (match := _PREFIX.match(line)) else line


def read_log(path: Path, start: int = 0, limit_bytes: int = 16 << 20) -> list[str]:
    """Return the log's lines from byte ``start`` on, at most the last ``limit_bytes`` of them."""
    try:
        with path.open("rb") as log:
            size = log.seek(0, 2)
            log.seek(max(start, size - limit_bytes))
            return [line for line in _BREAK.split(log.read().decode(errors="replace")) if line.strip()]
    except FileNotFoundError:
        return []


class LogFollower:
    """Gives the lines that a growing log has gained since the last call; progress bars count as lines."""

    def __init__(self, path: Path, start: int = 0) -> None:
        """Follow ``path`` from byte ``start`` on."""
        self._path = path
        self._offset = start
        self._rest = ""

    def new_lines(self) -> Iterator[str]:
        """Yield what came since the last call, whole lines only."""
        with self._path.open("rb") as log:
            log.seek(self._offset)
            data = log.read()
        self._offset += len(data)
        *lines, self._rest = _BREAK.split(self._rest + data.decode(errors="replace"))
        yield from (line for line in lines if line.strip())


_STEPS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (
            r"(?:Fetching|Downloading)[^:]*: +(\d+)%.*?\| *([\d.]+\w?)/([\d.]+\w?)",
            "downloading the checkpoint: {1} of {2} ({0} %)",
        ),
        (r"Time spent downloading weights[^:]*: ([\d.]+) seconds", "checkpoint downloaded in {0} s"),
        (r"Downloading|Fetching \d+ files", "downloading the checkpoint"),
        (r"Resolved architecture: (\S+)", "architecture {0}"),
        (r"Initializing a V1 LLM engine \(v([^)]+)\)", "starting vLLM {0}"),
        (r"Starting to load model", "loading the model"),
        (r"Loading .*checkpoint shards: +\d+% Completed \| (\d+)/(\d+)", "loading weights: {0} of {1} files"),
        (r"Loading weights took ([\d.]+) seconds", "weights loaded in {0} s"),
        (r"Model loading took ([\d.]+) (GiB|GB)", "model loaded: {0} {1}"),
        (r"torch\.compile takes ([\d.]+) s", "compiled in {0} s"),
        (r"Dynamo bytecode transform|Compiling a graph|Start compiling", "compiling"),
        (r"Available KV cache memory: ([\d.]+) GiB", "KV cache: {0} GiB"),
        (r"KV cache size: ([\d,]+) tokens", "KV cache: {0} tokens"),
        (r"Maximum concurrency for ([\d,]+) tokens per request: ([\d.]+)x", "KV cache: {1} requests of {0} tokens"),
        (r"Capturing (?:CUDA|cuda)\s?graphs?.*?: +(\d+)%", "capturing graphs: {0} %"),
        (r"Graph capturing finished in (\d+) secs", "graphs captured in {0} s"),
        (r"[Aa]utotuning|Warming up|warmup", "warming up"),
        (r"Starting vLLM (?:API )?server", "starting the HTTP server"),
    )
)


def progress_of(line: str) -> str | None:
    """Return what a log line says about the boot in a few words, or None."""
    message = strip_prefix(line)
    for pattern, text in _STEPS:
        if match := pattern.search(message):
            return text.format(*match.groups())
    return None
