"""What one exec call needs: its input fed, its output collected, and file trees and entries as its tools write them."""

from __future__ import annotations

import contextlib
import io
import posixpath
import socket
import tarfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from agentbench.records import FileContent, FileStat
from agentbench.sandbox.channel import ChannelClosedError, ChannelTimeoutError, FrameReader
from agentbench.sandbox.protocol import UserName


@dataclass(frozen=True)
class Call:
    """One command for the engine's exec."""

    argv: list[str]
    timeout_s: float
    user: UserName = "agent"
    cwd: str = "/"
    env: Mapping[str, str] = field(default_factory=dict)
    stdin: bytes = b""
    limit: int = 1 << 20


@dataclass(frozen=True)
class Ended:
    """How it ended."""

    code: int | None
    out: bytes
    err: bytes
    truncated: bool
    timed_out: bool


class Output:
    """Standard output and error of one exec, each up to a limit."""

    def __init__(self, limit: int) -> None:
        self.data = {1: b"", 2: b""}
        self.truncated = False
        self._limit = limit

    def collect(self, sock: socket.socket, stdin: bytes, deadline: float) -> bool:
        """Feed the input and read to the end; return whether the deadline came first."""
        feeder = threading.Thread(target=_feed, args=(sock, stdin), daemon=True)
        feeder.start()
        frames = FrameReader(sock)
        parts: dict[int, list[bytes]] = {1: [], 2: []}
        kept = {1: 0, 2: 0}
        timed_out = False
        try:
            while True:
                stream, piece = frames.next(deadline)
                room = self._limit - kept[stream]
                if len(piece) > room:
                    self.truncated = True
                    piece = piece[:room]
                kept[stream] += len(piece)
                parts[stream].append(piece)
        except ChannelTimeoutError:
            timed_out = True
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        except ChannelClosedError:
            pass
        feeder.join()
        self.data = {stream: b"".join(found) for stream, found in parts.items()}
        return timed_out


def _feed(sock: socket.socket, stdin: bytes) -> None:
    with contextlib.suppress(OSError):  # the command ended without reading it
        view = memoryview(stdin)
        while view:
            view = view[sock.send(view[: 1 << 16]) :]
        sock.shutdown(socket.SHUT_WR)


def file_stat(path: str, facts: str) -> FileStat:
    """Return the record for what ``stat -c "%f %s"`` printed: mode in hexadecimal, size in bytes."""
    mode_hex, size = facts.split(" ")
    mode = int(mode_hex, 16)
    kinds: dict[int, Literal["file", "dir", "link"]] = {0o100000: "file", 0o040000: "dir", 0o120000: "link"}
    return FileStat(path=path, kind=kinds.get(mode & 0o170000, "other"), size_bytes=int(size), mode=mode & 0o7777)


def tar_of(files: Mapping[str, FileContent], dir_mode: int) -> bytes:
    """Return a tar of the files and of the directories above them."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        parents = sorted({posixpath.dirname(path[: i + 1]) for path in files for i, c in enumerate(path) if c == "/"})
        for parent in parents:
            info = tarfile.TarInfo(parent)
            info.type, info.mode = tarfile.DIRTYPE, dir_mode
            tar.addfile(info)
        for path, content in sorted(files.items()):
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(content.data), content.mode
            tar.addfile(info, io.BytesIO(content.data))
    return made.getvalue()
