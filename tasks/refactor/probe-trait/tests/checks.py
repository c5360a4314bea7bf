import pathlib
import re
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run  # noqa: E402

PROBE = pathlib.Path(__file__).with_name("probe.rs").read_text(encoding="utf-8")
station = run(["rustc", "--edition", "2021", "-o", "/tmp/station", "src/main.rs"], timeout_s=60)
probe = run("cat > /tmp/probe.rs && rustc --edition 2021 -A warnings -o /tmp/probe /tmp/probe.rs && /tmp/probe", input=PROBE, timeout_s=60)
lines = probe.stdout.splitlines()


def figures():
    assert lines, probe.stderr
    return map(int, lines[0].split())


def expected(kind, raw):
    slope, offset, span = figures()
    return {
        "temp": raw * slope // 100 - 4000,
        "soil": max(0, min(1000, (raw - offset) // 4)),
        "light": raw * 1000 // span,
        "rain": raw,
    }[kind]


def printed(text, *options):
    assert station.exit_code == 0, station.stderr
    return run(["/tmp/station", *options], input=text).stdout.splitlines()


@check("probes convert by the figures in calibration.rs")
def _():
    found = {line.split()[0]: int(line.split()[1]) for line in lines[1:5]}
    assert found == {kind: expected(kind, 60000) for kind in ("temp", "soil", "light", "rain")}, lines


@check("units and alarms are as they were")
def _():
    found = [line.split(" ")[2:] for line in lines[1:5]]
    assert found[0] == ["cC", "true", "false", "true"] and found[1] == ["permille", "true", "false", "false"], lines
    assert found[2] == ["permille", "false", "false", "false"] and found[3] == ["", "false", "false", "false"], lines


@check("unknown kinds have no probe")
def _():
    assert lines[-1] == "true true", lines


@check("the report prints what it did")
def _():
    dry = printed("soil 400\nrain 12\nwind 3\nnonsense\n")
    assert dry == ["soil: 0 permille !", "rain: 12", "wind: unknown probe"], dry
    warm, light = printed("temp 3000\nlight 30000\n")
    value = expected("temp", 3000)
    assert warm == f"temp: {value} cC" + (" !" if value < 0 or value > 3500 else ""), warm
    assert light == f"light: {expected('light', 30000)} permille", light


@check("the gateway's frames are the same, by the deprecated function")
def _():
    assert printed("soil 60000\nwind 3\nrain 7\n", "--gateway") == ["<s:1000>", "<!>", "<r:7>"]
    before = read("src/probes.rs").partition("pub fn convert_raw")[0]
    assert re.search(r"#\[\s*deprecated\b[^{}]*$", before), before[-300:]


@check("each kind is listed once")
def _():
    sources = "".join(read(f"src/{name}.rs").split("#[cfg(test)]")[0] for name in ("probes", "report", "main"))
    sources = re.sub(r"//.*", "", sources)
    assert [sources.count(f'"{kind}"') for kind in ("temp", "soil", "light", "rain")] == [1, 1, 1, 1], sources
    assert "convert_raw" not in read("src/report.rs") + read("src/main.rs")


main()
