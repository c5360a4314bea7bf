"""Behaviours of file operations."""

from __future__ import annotations

from agentbench.errors import SandboxFileError
from agentbench.records import FileContent
from agentbench.sandbox.behaviours import Bench, behaviour
from agentbench.sandbox.protocol import UserName


def _refused(bench: Bench, path: str, wanted: str) -> None:
    try:
        found = bench.sandbox.read_file(path)
    except SandboxFileError as error:
        assert wanted.lower() in str(error).lower(), f"expected {wanted!r} in {error!s}"
        return
    raise AssertionError(f"{path} was read: {found[:100]!r}")


@behaviour("what is written is read back, to the byte")
def _(bench: Bench) -> None:
    data = bytes(range(256)) * 50
    bench.sandbox.write_file("binary", data)
    assert bench.sandbox.read_file("binary") == data


@behaviour("a large file passes")
def _(bench: Bench) -> None:
    data = b"0123456789abcdef" * 500_000
    bench.sandbox.write_file("large", data)
    found = bench.sandbox.read_file("large", max_bytes=len(data))
    bench.out("rm large")
    assert found == data, (len(found), len(data))


@behaviour("writing creates parents, as the agent")
def _(bench: Bench) -> None:
    bench.sandbox.write_file("new/deep/file", b"x")
    assert bench.out("stat -c '%u:%g %a' new/deep new/deep/file") == "1000:1000 755\n1000:1000 644\n"


@behaviour("a new file gets the mode asked for")
def _(bench: Bench) -> None:
    bench.sandbox.write_file("tool", b"#!/bin/sh\necho ran\n", mode=0o755)
    assert bench.out("./tool") == "ran\n"


@behaviour("writing again replaces all and keeps the mode")
def _(bench: Bench) -> None:
    bench.sandbox.write_file("again", b"a long first text", mode=0o750)
    bench.sandbox.write_file("again", b"short")
    assert bench.sandbox.read_file("again") == b"short"
    found = bench.sandbox.stat("again")
    assert found is not None and found.mode == 0o750, found


@behaviour("a missing file is refused")
def _(bench: Bench) -> None:
    _refused(bench, "no-such-file", "no such file")


@behaviour("a directory is refused as a file")
def _(bench: Bench) -> None:
    bench.out("mkdir -p a-directory")
    _refused(bench, "a-directory", "is a directory")
    try:
        bench.sandbox.write_file("a-directory", b"")
    except SandboxFileError:
        return
    raise AssertionError("a directory was written as a file")


@behaviour("a file without the right to read is refused")
def _(bench: Bench) -> None:
    bench.sandbox.write_file("locked", b"x")
    bench.out("chmod 000 locked")
    _refused(bench, "locked", "permission denied")


@behaviour("a fifo is refused and blocks nothing")
def _(bench: Bench) -> None:
    bench.out("mkfifo fifo")
    _refused(bench, "fifo", "not a regular file")


@behaviour("a file beyond the asked size is refused")
def _(bench: Bench) -> None:
    bench.sandbox.write_file("eleven", b"x" * 11)
    assert bench.sandbox.read_file("eleven", max_bytes=11) == b"x" * 11
    try:
        bench.sandbox.read_file("eleven", max_bytes=10)
    except SandboxFileError as error:
        assert "too large" in str(error), error
        return
    raise AssertionError("11 bytes were read with a limit of 10")


@behaviour("names with spaces, quotes and non-ASCII letters are names")
def _(bench: Bench) -> None:
    path = 'odd names/it\'s "ä" $HOME `x`\\.txt'
    bench.sandbox.write_file(path, b"odd")
    assert bench.sandbox.read_file(path) == b"odd"
    assert [entry.path for entry in bench.sandbox.list_files("odd names")] == [path]


@behaviour("stat tells kinds apart, follows no link, and knows nothing there")
def _(bench: Bench) -> None:
    bench.sandbox.write_file("kinds/file", b"12345", mode=0o640)
    bench.out("ln -s /etc/passwd kinds/link; mkfifo kinds/fifo")
    seen = {name: bench.sandbox.stat(f"kinds/{name}") for name in ("file", "link", "fifo", "none", "file/below")}
    kinds = {name: found.kind if found else None for name, found in seen.items()}
    assert kinds == {"file": "file", "link": "link", "fifo": "other", "none": None, "file/below": None}, kinds
    file = seen["file"]
    assert file is not None and (file.size_bytes, file.mode) == (5, 0o640), file


@behaviour("listing is recursive and sorted, and does not follow links")
def _(bench: Bench) -> None:
    bench.out("mkdir -p tree/b/c tree/a; touch tree/b/c/2 tree/b/c/10 tree/b.txt tree/a/z; ln -s /etc tree/link")
    wanted = ["a", "a/z", "b", "b/c", "b/c/10", "b/c/2", "b.txt", "link"]
    seen = [entry.path for entry in bench.sandbox.list_files("tree")]
    assert seen == [f"tree/{name}" for name in wanted], seen
    assert [entry.path for entry in bench.sandbox.list_files("tree", max_entries=2)] == ["tree/a", "tree/a/z"]
    assert "tree/b/c/10" in [entry.path for entry in bench.sandbox.list_files(".")]


@behaviour("listing a missing directory is refused")
def _(bench: Bench) -> None:
    try:
        bench.sandbox.list_files("no-such-directory")
    except SandboxFileError:
        return
    raise AssertionError("a missing directory was listed")


@behaviour("a tree is put with its modes and its owner")
def _(bench: Bench) -> None:
    files = {
        "run.sh": FileContent(data=b"#!/bin/sh\necho ok\n", mode=0o755),
        "lib/data.bin": FileContent(data=b"\0\1\2"),
        "lib/deep/empty": FileContent(data=b""),
    }
    bench.sandbox.put_tree("planted", files, owner="agent")
    assert bench.out("planted/run.sh; stat -c %U planted/lib/deep/empty 2>/dev/null || true").startswith("ok\n")
    assert bench.sandbox.read_file("planted/lib/data.bin") == b"\0\1\2"


@behaviour("root's tree is closed to the agent until it is handed over")
def _(bench: Bench) -> None:
    owner: UserName
    for owner, mode, readable in (("root", 0o700, False), ("agent", 0o755, True)):
        root = f"/{'tests' if owner == 'root' else 'solution'}"
        bench.sandbox.put_tree(root, {"secret": FileContent(data=b"s3cret")}, owner=owner, dir_mode=mode)
        result = bench.sandbox.run(f"cat {root}/secret", timeout_s=10)
        assert (result.stdout == "s3cret") is readable, result
        assert bench.sandbox.read_file(f"{root}/secret", user="root" if owner == "root" else "agent") == b"s3cret"


@behaviour("root may not override the agent's modes either")
def _(bench: Bench) -> None:
    bench.out("mkdir -p closed && echo x > closed/file && chmod 700 closed")
    result = bench.sandbox.run("cat closed/file", timeout_s=10, user="root")
    assert result.exit_code != 0, result
