"""Takes the screenshots that hidden tests of visual tasks leave behind: pictures of the agent's pages, for people."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from agentbench.errors import SandboxFileError

if TYPE_CHECKING:
    from agentbench.sandbox import Sandbox

SHOTS_DIR = "/tmp/agentbench-shots"
"""Where ``agentbench_page`` (sandboxes/browser) puts them. The agent's user owns it, so nothing there is trusted."""

MAX_SHOTS = 4
MAX_SHOT_BYTES = 1 << 20
_PNG = b"\x89PNG\r\n\x1a\n"


def take_screenshots(sandbox: Sandbox) -> dict[str, bytes]:
    """Return the PNG files that lie there, by name; whatever is no picture, or too large for one, is passed over."""
    if sandbox.stat(SHOTS_DIR, user="agent") is None:
        return {}
    found: dict[str, bytes] = {}
    try:
        entries = sandbox.list_files(SHOTS_DIR, max_entries=100, user="agent")
    except SandboxFileError:
        return {}
    for entry in sorted(entries, key=lambda entry: entry.path):
        name = posixpath.basename(entry.path)
        if entry.kind != "file" or not name.endswith(".png") or len(found) == MAX_SHOTS:
            continue
        try:
            data = sandbox.read_file(posixpath.join(SHOTS_DIR, name), max_bytes=MAX_SHOT_BYTES, user="agent")
        except SandboxFileError:
            continue
        if data.startswith(_PNG):
            found[name.removesuffix(".png")] = data
    return found
