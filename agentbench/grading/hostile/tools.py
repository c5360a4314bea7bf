"""What the hostile agents share; each of them is sent behind this text."""

import json  # noqa: F401
import os
import pathlib
import re  # noqa: F401
import shutil  # noqa: F401

here = pathlib.Path.cwd()


def attempt(action, *arguments, **named):
    """Return what an action gives, or None where it is refused."""
    try:
        return action(*arguments, **named)
    except (OSError, ValueError):
        return None


def files():
    """Return the workspace's regular files."""
    return sorted(path for path in here.rglob("*") if path.is_file() and not path.is_symlink())


def put(path, text, mode=0o755):
    """Write a file and its parents, as far as that is allowed."""
    path = pathlib.Path(path)
    attempt(os.makedirs, path.parent, exist_ok=True)
    attempt(path.write_text, text)
    attempt(path.chmod, mode)
