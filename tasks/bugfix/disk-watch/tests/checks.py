import sys
from fractions import Fraction

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, run  # noqa: E402

POWER = {"K": 1, "M": 2, "G": 3, "T": 4}
FIGURES = [
    *("1.8T", "900G", "0.5M", "2.25g", "12.75KiB", "99.9tib", "16K", "3.7M", "250.5gib", "40T", "1.0G"),
    *("500GB", "1.5TB", "64.5MB", "2000kb", "0.9Tb", "12.5gb", "480MB"),
    *("8192", "8193.5", "123456789B", "1000000b", "0", "0.0G", "1023"),
]


def kib(size):
    number = size.rstrip("BKMGTIbkmgti")
    unit = size[len(number):].upper()
    if unit in ("", "B"):
        return int(Fraction(number) // 1024)
    base = 1000 if unit.endswith("B") and not unit.endswith("IB") else 1024
    return int(Fraction(number) * base ** POWER[unit[0]] // 1024)


def watch(*volumes):
    done = run(["bash", "bin/watch.sh"], input="".join(" ".join(volume) + "\n" for volume in volumes))
    return done.exit_code, done.stdout.splitlines(), done.stderr


def low():
    done = run(["bash", "bin/watch.sh", "--show"])
    assert done.exit_code == 0, done.stderr
    return int(dict(line.split(" ", 1) for line in done.stdout.splitlines())["low_kib"])


def wrong(unit):
    """Return the figures of some units that come out wrong, each with what was printed."""
    figures = [one for one in FIGURES if unit(one.upper().lstrip("0123456789."))]
    code, lines, errors = watch(*[(f"v{i}", size, "0") for i, size in enumerate(figures)])
    assert code in (0, 1) and len(lines) == len(figures) > 3, errors
    return [(size, line) for i, (size, line) in enumerate(zip(figures, lines)) if line.split()[:2] != [f"v{i}", str(kib(size))]]


@check("binary units, with and without decimals")
def _():
    assert wrong(lambda unit: unit[:1] in POWER and unit[1:] in ("", "IB")) == []


@check("decimal units are powers of 1000")
def _():
    assert wrong(lambda unit: unit[:1] in POWER and unit[1:] == "B") == []


@check("bytes are rounded down")
def _():
    assert wrong(lambda unit: unit in ("", "B")) == []


@check("free space is the difference, and only too little of it is marked")
def _():
    limit = low()
    code, lines, _ = watch(("a:/x", f"{limit + 7}K", "7K"), ("b:/y", f"{limit + 6}K", "7K"), ("c:/z", "9.5T", "1.5TB"))
    assert lines == [f"a:/x {limit}", f"b:/y {limit - 1} low", f"c:/z {kib('9.5T') - kib('1.5TB')}"] and code == 1, lines
    assert watch(("a:/x", f"{limit}K", "0"))[:2] == (0, [f"a:/x {limit}"])


@check("bad sizes are still refused")
def _():
    for size in ("12X", "G", "1.5.2G", "-3G", "1,5G", "5GiBs", "5G5", "3P", "2.G"):
        code, lines, errors = watch(("ok:/", "90T", "0"), ("bad:/", size, "0"))
        assert code == 2 and lines == ["ok:/ 96636764160"] and f"bad size: bad:/ {size}" in errors, (size, code, lines, errors)


main()
