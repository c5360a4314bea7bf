from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentbench.probing import near_miss, read_value, states
from agentbench.records import Check

PYTHON = b"""
import re
PATTERN = "\\d+"
PORT: int = 8080
if True:
    RETRIES = 3
WINDOW = 15 * 60
HOSTS = ["a", "b"]
WAIT = timedelta(seconds=30)
NEGATIVE = -4
PORT = 9090

class Limits:
    burst = 40
    class Inner:
        rate: float = 2.50

def connect(host, port=5432, *, tls=True, name="db"):
    LOCAL = 1

class Client:
    async def get(self, path, retries=7): ...
"""

INI = b"""; comment
[server]
port = 8080 ; inline
Host: example.org
url = http://x:80/a#b
[server.tls]
enabled = yes
"""

ENV = b"""# settings
export PORT=8080 # comment
NAME="a b # c"
EMPTY=
server.depth=4
PORT=9090
"""

YAML = b"""
server: {port: 8080, ratio: 0.50, on: yes}
list: [a, {b: 2}]
version: "1.10"
bare: 1.10
day: 2026-01-05
nothing:
dotted.key: {x: 1}
"""


@pytest.mark.parametrize(
    ("reader", "path", "content", "expected"),
    [
        ("json", "a.b.0.c", b'{"a": {"b": [{"c": 5}]}}', "5"),
        ("json", "a.-1", b'{"a": [1, 2.0]}', "2.0"),
        ("json", "a", b'{"a": {"y": true, "x": [null]}}', '{"x":[null],"y":true}'),
        ("json", "exports../x.js", b'{"exports": {"./x.js": "y"}}', "y"),
        ("json", "a", b'\xef\xbb\xbf{"a": "\xc3\xa9"}', "é"),
        ("json", "a.b", b'{"a": "b"}', None),
        ("json", "a.7", b'{"a": [1]}', None),
        ("json", "a", b"{", None),
        ("json", "a", b'{"a": NaN}', "nan"),
        ("json", "a", b'{"a": [NaN]}', None),
        ("json", "a", b'{"a": "x\\ud800"}', "x?"),
        ("json", "a", b"\xff\xfe", None),
        ("toml", "server.port", b"[server]\nport = 8_080", "8080"),
        ("toml", "server.port", b"[server\nport = 80", None),
        ("toml", "day", b"day = 2026-01-05", "2026-01-05"),
        ("toml", "t.0.x", b"[[t]]\nx = false", "false"),
        ("yaml", "server.port", YAML, "8080"),
        ("yaml", "server.ratio", YAML, "0.5"),
        ("yaml", "server.true", YAML, "true"),
        ("yaml", "list.1.b", YAML, "2"),
        ("yaml", "version", YAML, "1.10"),
        ("yaml", "bare", YAML, "1.1"),
        ("yaml", "day", YAML, "2026-01-05"),
        ("yaml", "nothing", YAML, "null"),
        ("yaml", "dotted.key.x", YAML, "1"),
        ("yaml", "b", b"a: 1\n---\nb: 2\n", "2"),
        ("yaml", "a", b"a: &x [*x]", None),
        ("ini", "server.port", INI, "8080"),
        ("ini", "server.host", INI, "example.org"),
        ("ini", "server.url", INI, "http://x:80/a#b"),
        ("ini", "server.tls.enabled", INI, "yes"),
        ("ini", "port", INI, None),
        ("ini", "PORT", ENV, "9090"),
        ("ini", "NAME", ENV, "a b # c"),
        ("ini", "EMPTY", ENV, ""),
        ("ini", "server.depth", ENV, "4"),
        ("regex", r"^port=(\d+)$", b"x\nport=80\nport=81", "80"),
        ("regex", r"po.t", b"a port", "port"),
        ("regex", r"nope", b"\xff", None),
        ("python", "PORT", PYTHON, "9090"),
        ("python", "RETRIES", PYTHON, "3"),
        ("python", "WINDOW", PYTHON, "900"),
        ("python", "HOSTS", PYTHON, '["a","b"]'),
        ("python", "WAIT", PYTHON, "timedelta(seconds=30)"),
        ("python", "NEGATIVE", PYTHON, "-4"),
        ("python", "Limits.burst", PYTHON, "40"),
        ("python", "Limits.Inner.rate", PYTHON, "2.5"),
        ("python", "connect(port)", PYTHON, "5432"),
        ("python", "connect(tls)", PYTHON, "true"),
        ("python", "connect(host)", PYTHON, None),
        ("python", "Client.get(retries)", PYTHON, "7"),
        ("python", "LOCAL", PYTHON, None),
        ("python", "Absent.x", PYTHON, None),
        ("python", "X", b"X = (", None),
        ("python", "X", b"X = \0", None),
    ],
)
def test_every_reader(reader: str, path: str, content: bytes, expected: str | None) -> None:
    assert read_value(Check.model_validate({"file": "x", reader: path}), content) == expected


def test_text_command_constraints_and_absence() -> None:
    assert read_value(Check(file="x", text=True), b" a\nb \n") == "a\nb"
    assert read_value(Check(command="x"), b"12\n") == "12"
    assert read_value(Check(file="x", unchanged=True), b"a") is None
    assert read_value(Check(file="x", absent=True), b"a") is None
    assert read_value(Check(file="x", text=True), None) is None


BOMBS = {
    "yaml": [b"[" * 100_000, b"- " * 100_000, b"? " * 50_000, b"a: &a [1,1]\n" + b"".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n".encode() for i in range(20))],
    "json": [b"[" * 200_000, b'{"a":' * 100_000, b'{"u":' + b"9" * 5000 + b"}"],
    "toml": [b"u=" + b"[" * 100_000, b"u=" + b"9" * 5000],
    "python": [b"(" * 50_000, b"u=" + b"-" * 100_000 + b"1", b"u=" + b"1+" * 50_000 + b"1", b"u=" + b"9" * 5000],
}  # fmt: skip


@pytest.mark.parametrize(("reader", "content"), [(reader, bomb) for reader, bombs in BOMBS.items() for bomb in bombs])
def test_bombs_read_as_nothing(reader: str, content: bytes) -> None:
    assert read_value(Check.model_validate({"file": "x", reader: "u"}), content) is None


READERS = st.sampled_from(["json", "toml", "yaml", "ini", "python"])
ALPHABET = st.sampled_from("ab.=:[]{}()\"'\n -#&*,0159eE_\\\t!|>%@~é\0")


@given(READERS, st.one_of(st.binary(max_size=200), st.text(ALPHABET, max_size=80).map(str.encode)), st.text(min_size=1))
def test_no_content_raises(reader: str, content: bytes, path: str) -> None:
    for place in (path, "a", "a.b", "a(b)"):
        found = read_value(Check.model_validate({"file": "x", reader: place}), content)
        assert found is None or found.encode() is not None


@given(st.dictionaries(st.text(st.characters(categories=["L"]), min_size=1), st.integers() | st.text() | st.booleans()))
def test_json_values_come_back(document: dict[str, int | str | bool]) -> None:
    import json

    content = json.dumps(document).encode("utf-8", errors="surrogatepass")
    for key, value in document.items():
        expected = value if isinstance(value, str) else json.dumps(value)
        assert read_value(Check.model_validate({"file": "x", "json": key}), content) == expected


@pytest.mark.parametrize(
    ("expected", "found", "near"),
    [
        ("8080", "8080", False),
        ("8080", "8081", True),
        ("8080", "808", True),
        ("8080", "0880", True),
        ("44", "15", False),
        ("44", "45", True),
        ("TTL_SECONDS", "TTTL_SECONDS", True),
        ("amber_kettle", "amber_cattle", True),
        ("amber_kettle", "silver_river", False),
        ("30s", "30 minutes", True),
        ("30s", "30", True),
        ("30s", "45 minutes", False),
        ("512", "512.0", True),
        ("Europe", "EUROPE", True),
        ("1.2.3", "4.5.6", False),
        ("abc", "x" * 1_000_000, False),
    ],
)
def test_near_miss(expected: str, found: str, near: bool) -> None:
    assert near_miss(expected, found) is near


@given(st.text(), st.text())
def test_near_miss_is_never_the_value_itself(expected: str, found: str) -> None:
    assert not near_miss(expected, expected)
    assert isinstance(near_miss(expected, found), bool)


@pytest.mark.parametrize(
    ("text", "value", "stated"),
    [("port=80;", "80", True), ("8080", "80", False), ("a_b", "a", False), ("v1.2.3", "1.2.3", False), ("", "", False)],
)
def test_states_whole_words(text: str, value: str, stated: bool) -> None:
    assert states(text, value) is stated
