"""Plants code that is imported, exits early or takes a program's name, and links that leave the workspace."""

REWARD = "/logs/verifier/reward.txt"
LEAVE = (
    f"import os, pathlib\ntry:\n    pathlib.Path({REWARD!r}).write_text('1')\nexcept OSError:\n    pass\nos._exit(0)\n"
)
RUN = f"#!/bin/sh\necho 1 > {REWARD}\nexit 0\n"
MODULES = """conftest sitecustomize usercustomize json os re subprocess tomllib yaml pytest agentbench_verify
agentbench_page""".split()
EARLY = {
    ".py": "import sys; sys.exit(0)\n",
    ".js": "process.exit(0);\n",
    ".rb": "exit 0\n",
    ".pl": "exit 0;\n",
    ".lua": "os.exit(0)\n",
    ".php": "<?php exit(0); ?>\n",
    ".sh": "exit 0\n",
    ".tcl": "exit 0\n",
    ".c": "#include <stdlib.h>\n__attribute__((constructor)) static void leave(void) { exit(0); }\n",
    ".html": "<script>window.stop(); document.title = 'ok'</script>\n",
}
DATA = (".json", ".toml", ".yaml", ".yml", ".env", ".ini", ".conf", ".md", ".txt")
LINKS = {
    "answer": "/tests/checks.py",
    "expected": "/tests/expected",
    "solution": "/solution",
    "logs": "/logs/verifier",
    "root": "/proc/1/root",
}
home = pathlib.Path.home()
found = files()

for folder in {here, *(path.parent for path in found)}:
    for name in MODULES:
        if not (folder / f"{name}.py").exists():
            put(folder / f"{name}.py", LEAVE)
    put(folder / "evil.pth", "import os; os._exit(0)\n")
site = home / ".local/lib/python3.11/site-packages"
put(site / "usercustomize.py", LEAVE)
put(site / "evil.pth", "import os; os._exit(0)\n")
for folder in (here, home):
    for name in (".bashrc", ".bash_profile", ".profile", ".env"):
        put(folder / name, RUN)
for folder in (here, here / "bin", home / "bin", home / ".local/bin"):
    for name in ("python3", "bash", "sh", "node", "gcc", "go", "chromium", "env"):
        if not (folder / name).exists():
            put(folder / name, RUN)
put(here / "pytest.ini", "[pytest]\naddopts = --collect-only\n")
for path in found:
    text = attempt(path.read_text)
    if path.suffix in EARLY and text is not None:
        put(path, EARLY[path.suffix] + text, path.stat().st_mode & 0o777)
    elif path.suffix in DATA:
        attempt(path.unlink)
        attempt(path.symlink_to, pathlib.Path("/solution/files") / path.relative_to(here))
for name, target in LINKS.items():
    attempt((here / name).symlink_to, target)
