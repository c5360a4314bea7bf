"""A container with our command server in it, as a Sandbox."""

from __future__ import annotations

import base64
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from docker import DockerClient

from agentbench.errors import SandboxDiedError, SandboxError, SandboxFileError
from agentbench.records import CarryReport, CommandResult, FileContent, FileStat, SandboxSpec
from agentbench.sandbox.channel import Channel, ChannelClosedError, ChannelTimeoutError
from agentbench.sandbox.contained import FILE_TIMEOUT_S, Contained, below
from agentbench.sandbox.container import CARRY, has_volume
from agentbench.sandbox.post_mortem import cause_of_death
from agentbench.sandbox.protocol import UserName

MARGIN_S = 20.0
"""How long after a command's own time limit the host still waits for the server to end it and answer."""
PIECE = 3 << 20
"""Bytes of file contents per request; base64 makes 4 MiB of them."""


class DockerSandbox(Contained):
    """See :class:`agentbench.sandbox.protocol.Sandbox` for what each method promises."""

    def __init__(self, client: DockerClient, container_id: str, spec: SandboxSpec, channel: Channel, *, keep: bool):
        super().__init__(client, container_id, spec, keep=keep)
        self._channel = channel
        self._volume: str | None = None

    def run(
        self,
        command: str | Sequence[str],
        *,
        timeout_s: float,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        user: UserName = "agent",
        output_limit_bytes: int = 1_000_000,
    ) -> CommandResult:
        """Run a command."""
        message: dict[str, Any] = {
            "op": "run",
            "timeout_s": timeout_s,
            "cwd": self._path(cwd or "."),
            "user": user,
            "limit": output_limit_bytes,
        }
        if isinstance(command, str):
            message["shell"] = command
        else:
            message["argv"] = list(command)
        if env:
            message["env"] = dict(env)
        if stdin:
            message["stdin"] = _base64(stdin)
        if "\0" in str(command):
            return CommandResult(
                exit_code=126, stdout="", stderr="sandbox: a command cannot hold a NUL character\n", duration_s=0
            )
        reply = self._request(message, timeout_s + MARGIN_S)
        return CommandResult(
            exit_code=reply["exit"],
            stdout=reply["out"],
            stderr=reply["err"],
            timed_out=reply["timed_out"],
            oom_killed=reply["oom"],
            truncated=reply["truncated"],
            duration_s=reply["s"],
        )

    def read_file(self, path: str, *, max_bytes: int = 1 << 20, user: UserName = "agent") -> bytes:
        """Read a regular file."""
        where = self._path(path)
        data = bytearray()
        while True:
            length = min(PIECE, max_bytes + 1 - len(data))
            message = {"op": "read", "path": where, "offset": len(data), "length": length, "user": user}
            reply = self._request(message, FILE_TIMEOUT_S)
            piece = base64.b64decode(reply["data"])
            data += piece
            if len(data) > max_bytes:
                size = max(int(reply["size"]), len(data))
                raise SandboxFileError(f"{path}: too large, {size} bytes; limit {max_bytes}")
            if len(piece) < length:
                return bytes(data)

    def write_file(self, path: str, data: bytes, *, mode: int | None = None, user: UserName = "agent") -> None:
        """Write a file and its parents."""
        where = self._path(path)
        for offset in range(0, max(1, len(data)), PIECE):
            message = {
                "op": "write",
                "path": where,
                "data": _base64(data[offset : offset + PIECE]),
                "mode": mode,
                "append": offset > 0,
                "user": user,
            }
            self._request(message, FILE_TIMEOUT_S)

    def stat(self, path: str, user: UserName = "agent") -> FileStat | None:
        """Look at a path without following it."""
        entry = self._request({"op": "stat", "path": self._path(path), "user": user}, FILE_TIMEOUT_S)["entry"]
        return None if entry is None else _file_stat(path, entry)

    def list_files(self, path: str, *, max_entries: int = 10_000, user: UserName = "agent") -> list[FileStat]:
        """List everything below a directory."""
        message = {"op": "list", "path": self._path(path), "max": max_entries, "user": user}
        entries = self._request(message, FILE_TIMEOUT_S)["entries"]
        return [_file_stat(below(path) + entry[0], entry) for entry in entries]

    def put_tree(
        self,
        root: str,
        files: Mapping[str, FileContent],
        *,
        owner: UserName,
        dir_mode: int = 0o755,
    ) -> None:
        """Write many files; those that fit share one request."""
        check_tree_paths(files)
        where = self._path(root)
        for batch in _batches(files) if files else [[]]:
            message = {"op": "tree", "root": where, "user": owner, "dir_mode": dir_mode, "files": batch}
            self._request(message, FILE_TIMEOUT_S)
        for path, content in files.items():
            if len(content.data) > PIECE:
                self.write_file(posixpath.join(where, path), content.data, mode=content.mode, user=owner)

    def end_processes(self) -> None:
        """Kill what commands have left running."""
        self._request({"op": "end"}, FILE_TIMEOUT_S)

    def seal(self) -> None:
        """End every process and make the workspace readable to its owner again: the last step before a carry-over."""
        self._request({"op": "seal", "root": self._spec.workdir}, FILE_TIMEOUT_S)

    def carry_in(self) -> CarryReport:
        """Copy the source workspace mounted for root into this grader's own."""
        message = {
            "op": "carry",
            "source": f"{CARRY}/source",
            "target": self._spec.workdir,
            "limit": self._spec.workspace_mb << 20,
        }
        reply = self._request(message, FILE_TIMEOUT_S)
        return CarryReport(files=reply["files"], bytes=reply["bytes"], dropped=reply["dropped"])

    def workspace_volume(self) -> str:
        """Return the engine's name of the workspace volume."""
        if not has_volume(self._spec):
            raise SandboxError("a sandbox of the harbor profile has no workspace volume to carry over")
        if self._volume is None:
            found = self._client.api.inspect_container(self._id)["Mounts"]
            self._volume = next(str(m["Name"]) for m in found if m["Destination"] == self._spec.workdir)
        return self._volume

    def _hang_up(self) -> None:
        self._channel.close()

    def _request(self, message: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        if self._closed:
            raise SandboxDiedError(f"sandbox {self._id[:12]} is closed")
        try:
            reply = self._channel.request(message, timeout_s)
        except ChannelTimeoutError:
            self.close()  # whatever still runs in it must not go on
            raise SandboxDiedError(f"sandbox {self._id[:12]} did not answer within {timeout_s:.0f} s") from None
        except ChannelClosedError:
            if self._closed:
                raise SandboxDiedError(f"sandbox {self._id[:12]} was closed while a call was under way") from None
            self.close()
            cause = cause_of_death(self._client, self._id, self._channel.stderr)
            raise SandboxDiedError(f"sandbox {self._id[:12]} died: {cause}") from None
        if "file" in reply:
            raise SandboxFileError(f"{reply['path'] or message.get('path', '')}: {reply['file']}")
        if "fault" in reply:
            raise SandboxError(f"the command server of sandbox {self._id[:12]} failed: {reply['fault']}")
        return reply


def check_tree_paths(files: Mapping[str, FileContent]) -> None:
    """Refuse paths that would leave the root they are written below."""
    for path in files:
        if path.startswith("/") or not path or any(part in ("", ".", "..") for part in path.split("/")):
            raise SandboxFileError(f"{path!r}: expected a plain relative path")


def _file_stat(path: str, entry: Sequence[Any]) -> FileStat:
    return FileStat(path=path, kind=entry[1], size_bytes=entry[2], mode=entry[3])


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _batches(files: Mapping[str, FileContent]) -> Iterator[list[tuple[str, int, str]]]:
    """Pack files into requests of about one piece each; a larger file is made empty here and written after."""
    batch: list[tuple[str, int, str]] = []
    size = 0
    for path, content in sorted(files.items()):
        data = content.data if len(content.data) <= PIECE else b""
        if batch and size + len(data) > PIECE:
            yield batch
            batch, size = [], 0
        batch.append((path, content.mode, _base64(data)))
        size += len(data)
    if batch:
        yield batch
