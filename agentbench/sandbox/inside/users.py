"""The two users commands and file operations run as, and how the server borrows one's rights without a fork."""

from __future__ import annotations

import os
from types import TracebackType


class User:
    """Whom a command or a file operation runs as."""

    def __init__(self, name: str, uid: int, gid: int, groups: list[int], home: str) -> None:
        self.name = name
        self.uid = uid
        self.gid = gid
        self.groups = groups
        self.home = home

    def environment(self) -> dict[str, str]:
        """Return what differs between users in a command's environment."""
        return {"HOME": self.home, "USER": self.name, "LOGNAME": self.name}


def look_up(wanted: str) -> User:
    """Return the user named ``name``, ``uid`` or ``uid:gid``; numbers need no entry in the image's passwd."""
    import pwd

    name, _, group = wanted.partition(":")
    try:
        entry = pwd.getpwuid(int(name)) if name.isdigit() else pwd.getpwnam(name)
    except KeyError:
        if not name.isdigit():
            raise ValueError(f"the image has no user {name!r}") from None
        gid = int(group) if group.isdigit() else 0
        return User(name, int(name), gid, [gid], "/")
    gid = entry.pw_gid
    if group:
        import grp

        gid = int(group) if group.isdigit() else grp.getgrnam(group).gr_gid
    return User(entry.pw_name, entry.pw_uid, gid, os.getgrouplist(entry.pw_name, gid), entry.pw_dir)


class acting_as:
    """Do file operations with a user's rights: no more than it has, and links it planted lead nowhere new.

    Only the effective ids change. The real and saved uid stay root's, so the user can neither signal nor trace the
    server meanwhile; and root's effective capabilities are gone while the effective uid is another.
    """

    def __init__(self, user: User) -> None:
        self._user = user

    def __enter__(self) -> None:
        """Take the user's rights."""
        if self._user.uid != 0:
            os.setgroups(self._user.groups)
            os.setegid(self._user.gid)
            os.seteuid(self._user.uid)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Be root again."""
        if self._user.uid != 0:
            os.seteuid(0)
            os.setegid(0)
            os.setgroups([])
