"""File operations, each with the rights of the user it is done for. Only regular files are read and written."""

from __future__ import annotations

import errno
import os
import stat as modes

from agentbench.sandbox.inside.users import User, acting_as

TYPE_CHECKING = False  # the real one would import typing: a tenth of the start-up time
if TYPE_CHECKING:
    from typing import Any

_SAFE = os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
"""A fifo or a device planted under the name must not block the server: it is opened without waiting, then refused."""


def _regular(fd: int, path: str) -> os.stat_result:
    info = os.fstat(fd)
    if modes.S_ISDIR(info.st_mode):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not modes.S_ISREG(info.st_mode):
        raise OSError(errno.EINVAL, "Not a regular file", path)
    return info


def read(user: User, path: str, offset: int, length: int) -> tuple[bytes, int]:
    """Return up to ``length`` bytes from ``offset`` and the file's size."""
    with acting_as(user):
        fd = os.open(path, os.O_RDONLY | _SAFE)
        try:
            info = _regular(fd, path)
            parts = []
            while length > 0:
                part = os.pread(fd, min(length, 1 << 20), offset)
                if not part:
                    break
                parts.append(part)
                offset += len(part)
                length -= len(part)
            return b"".join(parts), info.st_size
        finally:
            os.close(fd)


def write(user: User, path: str, data: bytes, mode: int | None, append: bool) -> None:
    """Write a file, creating its parents. Without a mode a new file gets 0644 and an old one keeps its own."""
    with acting_as(user):
        _write(path, data, mode, append)


def _write(path: str, data: bytes, mode: int | None, append: bool = False) -> None:
    try:
        fd, new = _open_to_write(path)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        fd, new = _open_to_write(path)
    try:
        info = _regular(fd, path)
        if append:
            os.lseek(fd, 0, os.SEEK_END)
        elif info.st_size:
            os.ftruncate(fd, 0)
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]
        if mode is None and new:
            mode = 0o644
        if mode is not None and not append:
            os.fchmod(fd, mode)
    finally:
        os.close(fd)


def _open_to_write(path: str) -> tuple[int, bool]:
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFE, 0o600), True
    except FileExistsError:
        # Without O_EXCL: a link is followed, with the user's own rights.
        return os.open(path, os.O_WRONLY | os.O_CREAT | _SAFE, 0o644), False


def _entry(path: str, info: os.stat_result) -> list[Any]:
    kind = (
        "file"
        if modes.S_ISREG(info.st_mode)
        else "dir"
        if modes.S_ISDIR(info.st_mode)
        else "link"
        if modes.S_ISLNK(info.st_mode)
        else "other"
    )
    shown = os.fsencode(path).decode("utf-8", "backslashreplace")
    return [shown, kind, info.st_size, modes.S_IMODE(info.st_mode)]


def stat(user: User, path: str) -> list[Any] | None:
    """Return path, kind, size in bytes and mode bits without following a final link; None where nothing is."""
    with acting_as(user):
        try:
            return _entry(path, os.lstat(path))
        except (FileNotFoundError, NotADirectoryError):
            return None


def listing(user: User, path: str, max_entries: int) -> list[list[Any]]:
    """Return everything below a directory, depth first and sorted by name, paths relative to it.

    What the user may not enter is listed and not descended into; links are not followed.
    """
    found: list[list[Any]] = []
    with acting_as(user):
        stack = [("", name) for name in sorted(os.listdir(path), reverse=True)]
        while stack and len(found) < max_entries:
            parent, name = stack.pop()
            relative = parent + "/" + name if parent else name
            full = os.path.join(path, relative)
            try:
                info = os.lstat(full)
                found.append(_entry(relative, info))
                if modes.S_ISDIR(info.st_mode):
                    stack += [(relative, child) for child in sorted(os.listdir(full), reverse=True)]
            except OSError:
                continue  # gone meanwhile, not to be entered, or its path too long: its siblings still count
    return found


def put_tree(
    user: User,
    root: str,
    dir_mode: int,
    entries: list[tuple[str, int, bytes]],
) -> None:
    """Write many files below ``root`` as their owner; directories made on the way get ``dir_mode``."""
    _make_root(user, root, dir_mode)
    made = set()
    with acting_as(user):
        for relative, mode, data in entries:
            parent = os.path.dirname(relative)
            if parent not in made:
                _make_parents(root, parent, dir_mode)
                made.add(parent)
            _write(os.path.join(root, relative), data, mode)


def _make_root(user: User, root: str, dir_mode: int) -> None:
    """Create the root for its owner, or hand it over.

    Root hands over only directories whose parents are root's own: below one that an agent can write to, a planted
    link could lead the change of owner elsewhere, and there the owner has to have the rights itself.
    """
    if os.path.dirname(root) == "/" or (os.path.realpath(root) == root and _all_roots_own(os.path.dirname(root))):
        try:
            os.mkdir(root, dir_mode)
        except (FileExistsError, OSError) as error:
            if not os.path.isdir(root) or os.path.islink(root):
                raise error from None
        info = os.lstat(root)
        if info.st_uid == 0:
            os.chmod(root, dir_mode)
            if user.uid != 0:
                os.chown(root, user.uid, user.gid)
        return
    with acting_as(user):
        os.makedirs(root, mode=dir_mode, exist_ok=True)


def _all_roots_own(path: str) -> bool:
    while path != "/":
        info = os.lstat(path)
        if info.st_uid != 0 or info.st_mode & 0o022:
            return False
        path = os.path.dirname(path)
    return True


def _make_parents(root: str, relative: str, dir_mode: int) -> None:
    path = root
    for part in relative.split("/") if relative else ():
        path = os.path.join(path, part)
        try:
            os.mkdir(path)
            os.chmod(path, dir_mode)
        except FileExistsError:
            continue
