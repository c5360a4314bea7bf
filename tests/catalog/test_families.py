"""Family files of one's own: what is read, what is inherited and what is refused, with which sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentbench.catalog import get_profile, load_family, parse_engine_arg, resolve_suite
from agentbench.errors import CatalogError, UsageError

GOOD = """
name = "mine"
context_window = 8192
reference = "bf16"
tokenizer = { repo = "me/mine" }
default_suite = "tiny"
[engine]
args = { tool-call-parser = "hermes", max-num-seqs = 8 }
env = { A = "1" }
[suite.tiny]
contexts = ["2k", 4096]
[quant.bf16]
checkpoint = "me/mine"
[quant.nvfp4]
checkpoint = "./local"
args = { max_num_seqs = 4 }
env = { B = "2" }
expect.linear = "native_w4a4"
concurrency = 2
"""


def write(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def refused(folder: Path, text: str) -> str:
    path = write(folder, text)
    with pytest.raises(CatalogError) as caught:
        load_family(str(path), rootdir=folder)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_profile_is_the_shared_engine_with_its_own_changes(tmp_path: Path) -> None:
    family = load_family("mine.toml", rootdir=write(tmp_path, GOOD).parent)
    profile = get_profile(family, "nvfp4")
    assert profile.engine.args == {"tool-call-parser": "hermes", "max-num-seqs": 4}
    assert profile.engine.env == {"A": "1", "B": "2"}
    assert profile.checkpoint == str(tmp_path / "local")
    assert profile.concurrency == 2
    assert profile.expect.linear == "native_w4a4"
    assert resolve_suite(family, None)[1].contexts == [2048, 4096]
    assert get_profile(family, "bf16").engine.args["max-num-seqs"] == 8


def test_extends_a_builtin_and_a_file(tmp_path: Path) -> None:
    write(tmp_path, 'extends = "minimax-m2.5"\n[quant.mine]\ncheckpoint = "./ckpt"\n[sampling]\ntop_k = 20\n', "a.toml")
    write(tmp_path, 'extends = "a.toml"\nname = "b"\n[quant.mine]\nconcurrency = 3\n', "b.toml")
    a, b = (load_family(name, rootdir=tmp_path) for name in ("a.toml", "b.toml"))
    assert a.name == "minimax-m2.5"
    assert b.name == "b"
    assert a.sampling.top_k == b.sampling.top_k == 20
    assert a.sampling.top_p == 0.95
    assert {"fp8", "nvfp4", "mine"} <= set(b.quants)
    assert b.quants["mine"].concurrency == 3
    assert b.quants["mine"].checkpoint == str(tmp_path / "ckpt")


def test_extends_in_a_circle(tmp_path: Path) -> None:
    write(tmp_path, 'extends = "b.toml"\n', "a.toml")
    write(tmp_path, 'extends = "a.toml"\n', "b.toml")
    with pytest.raises(CatalogError, match=r"goes in a circle: .*a\.toml -> .*b\.toml -> .*a\.toml"):
        load_family("a.toml", rootdir=tmp_path)


def test_a_fault_in_the_parent_names_the_parent(tmp_path: Path) -> None:
    parent = write(tmp_path, GOOD.replace("[engine]", "[enginee]"), "p.toml")
    write(tmp_path, 'extends = "p.toml"\n', "c.toml")
    with pytest.raises(CatalogError) as caught:
        load_family("c.toml", rootdir=tmp_path)
    assert str(parent) in str(caught.value)


def test_relative_paths_are_below_the_file(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "chat.jinja").write_text("{{ messages }}")
    text = GOOD.replace(
        'tokenizer = { repo = "me/mine" }', 'tokenizer = { path = "tok" }\nchat_template = "chat.jinja"'
    )
    write(tmp_path / "conf", text)
    family = load_family("conf/mine.toml", rootdir=tmp_path)
    assert family.chat_template == str(tmp_path / "conf" / "chat.jinja")
    assert family.tokenizer.path == str(tmp_path / "conf" / "tok")


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("concurrency = 2", "concurency = 2", ["unknown key 'quant.nvfp4.concurency'", "did you mean 'concurrency'?"]),
        ("[engine]", "[engin]", ["unknown key 'engin'", "did you mean 'engine'?"]),
        ("expect.linear", "expect.linaer", ["'quant.nvfp4.expect.linaer'", "did you mean 'linear'?"]),
        (
            "[engine]",
            "[sampling]\ntemprature = 1.0\n[engine]",
            ["'sampling.temprature'", "did you mean 'temperature'?"],
        ),
        ("[suite.tiny]", "[suite.tiny]\nvariant = 2", ["'suite.tiny.variant'", "did you mean 'variants'?"]),
        (
            "context_window = 8192",
            'context_window = "8192"',
            ["'context_window' is '8192' (a string)", "expected an integer"],
        ),
        ("context_window = 8192", "context_window = -1", ["'context_window' is -1", "greater than 0"]),
        (
            "concurrency = 2",
            "concurrency = true",
            ["'quant.nvfp4.concurrency' is True (a boolean)", "expected an integer"],
        ),
        (
            "max_num_seqs = 4",
            "max_num_seqs = [4]",
            ["'quant.nvfp4.args.max_num_seqs' is [4] (a list)", "expected", " or "],
        ),
        (
            '"native_w4a4"',
            '"native"',
            ["'quant.nvfp4.expect.linear' is 'native'", "expected one of native_w4a4, weight_only"],
        ),
        ('contexts = ["2k", 4096]', 'contexts = ["2kb"]', ["'suite.tiny.contexts.0' is '2kb'", "expected an integer"]),
        (
            'contexts = ["2k", 4096]',
            'contexts = ["8k"]',
            ["'suite.tiny.contexts' holds 8192", "'context_window' is 8192"],
        ),
        ('reference = "bf16"', "", ["'reference' is missing"]),
        ('reference = "bf16"', 'reference = "bf61"', ["'reference' is 'bf61'", "did you mean 'bf16'?"]),
        (
            'default_suite = "tiny"',
            'default_suite = "nigthly"',
            ["'default_suite' is 'nigthly'", "did you mean 'nightly'?"],
        ),
        ('checkpoint = "me/mine"', "", ["'quant.bf16.checkpoint' is missing"]),
        ('checkpoint = "me/mine"', 'kind = "sglang"', ["'quant.bf16.kind'", "'sglang' is not built yet", "'vllm'"]),
        ('checkpoint = "me/mine"', 'kind = "vlm"', ["'quant.bf16.kind'", "'vlm' is unknown", "'vllm'"]),
        ('checkpoint = "me/mine"', 'kind = "endpoint"', ["'quant.bf16.url' is missing"]),
        ("concurrency = 2", "faults = { stale = 0.1 }", ["'quant.nvfp4.faults' is for kind = \"sim\""]),
        ("concurrency = 2", 'url = "http://x"', ["'quant.nvfp4.url' is for kind = \"endpoint\""]),
        ("max_num_seqs = 4", 'quantization = "modelopt_fp4"', ["'quantization' is refused", "config.json"]),
        ("max_num_seqs = 4", 'q = "fp8"', ["'q' is refused", "config.json"]),
        ("max_num_seqs = 4", '"--max-num-seqs" = 4', ["without its leading dashes, 'max-num-seqs'"]),
        ("max_num_seqs = 4", "port = 8000", ["'port' is refused", "agentbench sets it itself"]),
        ("max_num_seqs = 4", 'chat_template = "x"', ["'chat_template' is refused", "pinned for every profile"]),
        ("max_num_seqs = 4", 'generation-config = "auto"', ["generation-config is pinned to 'vllm'", "'auto'"]),
        ('repo = "me/mine"', "", ["'tokenizer' is empty"]),
        ('tokenizer = { repo = "me/mine" }', "", ["'tokenizer' is missing", "expected a table with repo"]),
        (
            'default_suite = "tiny"',
            'default_suite = "tiny"\ntools = ["bahs"]',
            ["'tools.0' is 'bahs'", "did you mean 'bash'?"],
        ),
        ('default_suite = "tiny"', 'default_suite = "tiny"\ntools = ["bash"]', ["'tools' must name 'read_file'"]),
        (
            'default_suite = "tiny"',
            'default_suite = "tiny"\nchat_template = "no.jinja"',
            ["there is no file", "no.jinja"],
        ),
        ('default_suite = "tiny"', 'default_suite = "tiny"\nchat_template = "from:me"', ["expected 'from:reference'"]),
    ],
)
def test_refusals_name_file_key_found_and_expected(tmp_path: Path, old: str, new: str, parts: list[str]) -> None:
    assert old in GOOD
    message = refused(tmp_path, GOOD.replace(old, new, 1))
    for part in parts:
        assert part in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("fault", "part"),
    [
        ("stael = 0.1", "did you mean 'stale'"),
        ("stale = 1.5", "expected a rate from 0 to 1"),
        ("stale = -0.1", "-0.1"),
    ],
)
def test_refused_faults(tmp_path: Path, fault: str, part: str) -> None:
    assert part in refused(tmp_path, f'extends = "sim"\n[quant.x]\nfaults = {{ {fault} }}\n')


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('name = "mine"\ncontext_window = ', "line 2"),
        ('name = "mine"\n[quant.x', "line 2"),
        ('name = "mine"\nname = "twice"\n', "line 2"),
    ],
)
def test_broken_toml_names_the_line(tmp_path: Path, text: str, part: str) -> None:
    message = refused(tmp_path, text)
    assert "not valid TOML" in message
    assert part in message


def test_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(b'name = "\xff"')
    with pytest.raises(CatalogError, match=r"x\.toml: byte 8 is not UTF-8"):
        load_family("x.toml", rootdir=tmp_path)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("minimax-2.5", "did you mean 'minimax-m2.5'"),
        ("no/such.toml", "there is no file"),
        ("zzz", "known: "),
    ],
)
def test_unknown_family(tmp_path: Path, name: str, part: str) -> None:
    with pytest.raises(CatalogError) as caught:
        load_family(name, rootdir=tmp_path)
    assert part in str(caught.value)


def test_unknown_quant_and_suite_give_the_nearest_names(tmp_path: Path) -> None:
    family = load_family("minimax-m2.5", rootdir=tmp_path)
    with pytest.raises(CatalogError, match=r"no quant 'nvpf4'; did you mean 'nvfp4'"):
        get_profile(family, "nvpf4")
    with pytest.raises(CatalogError, match=r"no suite 'nigthly'; did you mean 'nightly'\?"):
        resolve_suite(family, "nigthly")


def test_presets_are_cut_to_the_window(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("8192", "40_000"))
    family = load_family(str(path), rootdir=tmp_path)
    assert resolve_suite(family, "nightly")[1].contexts == [8192, 32768]
    small = load_family(str(write(tmp_path, GOOD)), rootdir=tmp_path)
    with pytest.raises(CatalogError, match=r"suite 'nightly' starts at 8192 tokens .*window of 8192; .*\(tiny\)"):
        resolve_suite(small, "nightly")


def test_own_suite_wins_over_the_preset(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD + "[suite.smoke]\ncontexts = [1024]\n")
    assert resolve_suite(load_family(str(path), rootdir=tmp_path), "smoke")[1].contexts == [1024]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("max-num-seqs=8", ("max-num-seqs", 8)),
        ("max_num_seqs=8", ("max-num-seqs", 8)),
        ("gpu-memory-utilization=0.9", ("gpu-memory-utilization", 0.9)),
        ("enforce-eager", ("enforce-eager", True)),
        ("enforce-eager=false", ("enforce-eager", False)),
        ("kv-cache-dtype=fp8", ("kv-cache-dtype", "fp8")),
        ('hf-overrides={"a": "b=c"}', ("hf-overrides", '{"a": "b=c"}')),
        ("tp=2", ("tensor-parallel-size", 2)),
    ],
)
def test_engine_arg_option(text: str, expected: tuple[str, object]) -> None:
    assert parse_engine_arg(text) == expected


@pytest.mark.parametrize(
    "text", ["=3", "quantization=fp8", "--enforce-eager", "generation-config=auto", "host=0.0.0.0"]
)
def test_refused_engine_arg_option(text: str) -> None:
    with pytest.raises(UsageError, match=r"--quant-engine-arg "):
        parse_engine_arg(text)
