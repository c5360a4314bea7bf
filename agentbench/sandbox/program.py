"""The command server as one message: the loader a container starts with, and the first line it is sent."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

LOADER = """
import json, os, sys, types
line = b""
while not line.endswith(b"\\n"):
    part = os.read(0, 1 << 16)
    if not part:
        sys.exit(0)
    line += part
hello = json.loads(line)
for name, source in hello["modules"]:
    module = sys.modules[name] = types.ModuleType(name)
    module.__path__ = []
    parent, _, last = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], last, module)
    exec(compile(source, name, "exec"), module.__dict__)
module.main(hello)
""".strip()
"""Reads the first line (the host sends nothing else before it is answered) and runs what it holds."""

COMMAND = ["python3", "-I", "-S", "-c", LOADER]
"""Isolated and without site packages: nothing in the image's or the workspace's directories is imported."""

_PACKAGE = "agentbench.sandbox.inside"
_MODULES = ("users", "accounts", "processes", "spawn", "files", "carry", "server")


@cache
def _modules_json() -> str:
    modules = [["agentbench", ""], ["agentbench.sandbox", ""], [_PACKAGE, ""]]
    for name in _MODULES:
        source = files(_PACKAGE).joinpath(f"{name}.py").read_text("utf-8")
        modules.append([f"{_PACKAGE}.{name}", source])
    return json.dumps(modules)


def first_line(user: str, home: str | None) -> bytes:
    """Return the line that makes a started loader the command server of ``user`` (a name, ``uid`` or ``uid:gid``)."""
    head = json.dumps({"user": user, "home": home})
    return f'{head[:-1]}, "modules": {_modules_json()}}}\n'.encode()
