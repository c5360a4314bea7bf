"""Carrying a workspace over: what an agent left is copied file by file, and what could lie or harm is left behind.

The source is walked by directory descriptors and no link is followed on the way, so nothing in it can lead the walk
elsewhere. Links are judged at the end, in the copy, by where they really lead: a chain of links each of which looks
harmless can still leave the workspace.
"""

from __future__ import annotations

import errno
import os
import stat as modes

from agentbench.sandbox.inside.users import User, acting_as

MAX_DEPTH = 64
MAX_REPORTED = 1000
_DIR = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def seal(user: User, root: str) -> int:
    """Give the owner back its right to read everything below ``root``, before the copy; return how many changed.

    The copier has no right to override modes, and an agent may have taken its own away.
    """
    changed = 0
    with acting_as(user):
        stack = [root]
        while stack:
            path = stack.pop()
            try:
                info = os.lstat(path)
                if info.st_uid != user.uid or modes.S_ISLNK(info.st_mode):
                    continue
                needed = 0o700 if modes.S_ISDIR(info.st_mode) else 0o400
                if info.st_mode & needed != needed:
                    os.chmod(path, modes.S_IMODE(info.st_mode) | needed)
                    changed += 1
                if modes.S_ISDIR(info.st_mode) and path.count("/") < MAX_DEPTH + 4:
                    stack += [os.path.join(path, name) for name in os.listdir(path)]
            except OSError:
                continue  # what stays unreadable is reported as dropped by the copy
    return changed


class Carrier:
    """One copy from a read-only source tree into an empty target directory, both with the agent's rights."""

    def __init__(self, user: User, limit_bytes: int) -> None:
        self.files = 0
        self.bytes = 0
        self.dropped: list[str] = []
        self._dropped_more = 0
        self._user = user
        self._limit = limit_bytes
        self._seen: dict[tuple[int, int], str] = {}
        self._links: list[str] = []
        self._target = ""

    def copy(self, source: str, target: str) -> None:
        """Copy; the report is in ``files``, ``bytes`` and ``dropped``."""
        self._target = target
        start = os.open(source, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)  # as root: nobody else may get here
        try:
            with acting_as(self._user):
                root = os.open(".", _DIR, dir_fd=start)
                self._directory(root, "")
                self._drop_leaving_links()
        finally:
            os.close(start)
        if self._dropped_more:
            self.dropped.append(f"... and {self._dropped_more} more")

    def _drop(self, path: str, reason: str) -> None:
        if len(self.dropped) < MAX_REPORTED:
            shown = os.fsencode(path).decode("utf-8", "backslashreplace")
            self.dropped.append(f"{shown}: {reason}")
        else:
            self._dropped_more += 1

    def _directory(self, top: int, top_path: str) -> None:
        stack = [(top, top_path, sorted(os.listdir(top), reverse=True))]
        try:
            while stack:
                fd, path, names = stack[-1]
                if not names:
                    stack.pop()
                    self._copy_times(os.fstat(fd), path)
                    os.close(fd)
                    continue
                name = names.pop()
                below = path + "/" + name if path else name
                try:
                    info = os.stat(name, dir_fd=fd, follow_symlinks=False)
                    if modes.S_ISDIR(info.st_mode):
                        if len(stack) > MAX_DEPTH:
                            self._drop(below, f"deeper than {MAX_DEPTH} directories")
                            continue
                        child = os.open(name, _DIR, dir_fd=fd)
                        stack.append((child, below, sorted(os.listdir(child), reverse=True)))
                        self._make_directory(below, info)
                    else:
                        self._entry(fd, name, below, info)
                except OSError as error:
                    if error.errno == errno.ENOSPC:
                        self._drop(below, "no space left in the grading workspace")
                    else:
                        self._drop(below, f"unreadable: {error.strerror}")
        finally:
            for fd, _, _ in stack:
                os.close(fd)

    def _make_directory(self, path: str, info: os.stat_result) -> None:
        if info.st_mode & (modes.S_ISUID | modes.S_ISGID):
            self._drop(path, "set-id bits removed")
        os.mkdir(self._at(path))
        os.chmod(self._at(path), 0o755)

    def _copy_times(self, info: os.stat_result, path: str) -> None:
        os.utime(self._at(path), ns=(info.st_atime_ns, info.st_mtime_ns))

    def _at(self, path: str) -> str:
        return self._target + "/" + path if path else self._target

    def _entry(self, fd: int, name: str, path: str, info: os.stat_result) -> None:
        if modes.S_ISLNK(info.st_mode):
            os.symlink(os.readlink(name, dir_fd=fd), self._at(path))
            self._links.append(path)
        elif modes.S_ISREG(info.st_mode):
            self._file(fd, name, path, info)
        else:
            kinds = {modes.S_IFIFO: "fifo", modes.S_IFSOCK: "socket"}
            self._drop(path, kinds.get(modes.S_IFMT(info.st_mode), "device"))

    def _file(self, fd: int, name: str, path: str, info: os.stat_result) -> None:
        if info.st_size > self._limit:
            self._drop(path, f"{info.st_size} bytes, limit {self._limit}")
            return
        identity = (info.st_dev, info.st_ino)
        if info.st_nlink > 1 and identity in self._seen:
            os.link(self._at(self._seen[identity]), self._at(path))
        else:
            source = os.open(name, _FILE, dir_fd=fd)
            try:
                self._contents(source, path, os.fstat(source))
            finally:
                os.close(source)
            self._seen[identity] = path
            if info.st_mode & (modes.S_ISUID | modes.S_ISGID):
                self._drop(path, "set-id bits removed")
        self.files += 1

    def _contents(self, source: int, path: str, info: os.stat_result) -> None:
        target = os.open(self._at(path), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(target, info.st_size)
            offset = 0
            while offset < info.st_size:  # holes stay holes: a sparse file costs what it really holds
                try:
                    offset = os.lseek(source, offset, os.SEEK_DATA)
                except OSError as error:
                    if error.errno == errno.ENXIO:
                        break
                    raise
                end = os.lseek(source, offset, os.SEEK_HOLE)
                while offset < end:
                    part = os.pread(source, min(end - offset, 1 << 20), offset)
                    if not part:
                        break
                    os.pwrite(target, part, offset)
                    offset += len(part)
                    self.bytes += len(part)
            os.fchmod(target, (info.st_mode & 0o777) | 0o644)
            os.utime(target, ns=(info.st_atime_ns, info.st_mtime_ns))
        except OSError:
            os.unlink(self._at(path))
            raise
        finally:
            os.close(target)

    def _drop_leaving_links(self) -> None:
        """Remove links whose real end lies outside; a kept one may dangle, and an absolute one may point inside."""
        inside = self._target + "/"
        for path in self._links:
            at = self._at(path)
            try:
                end = os.path.realpath(at)
            except OSError:  # leads through what the agent may not look into, such as another's /proc directory
                end = ""
            if end != self._target and not end.startswith(inside):
                shown = os.fsencode(os.readlink(at)).decode("utf-8", "backslashreplace")
                self._drop(path, "link that leaves the workspace: " + shown)
                os.unlink(at)
            else:
                self.files += 1
