import re
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run  # noqa: E402

FLAGS = "-std=c11 -Wall -Wextra -Iinclude"
OWN = """
#include <stdio.h>
#include "modem.h"
#include "modem_limits.h"
int main(void)
{
    unsigned char out[300], in[300] = {7};
    printf("%d %d %d\\n", MODEM_CRC_SEED, MODEM_RETRY_MS, MODEM_PAYLOAD_MAX);
    printf("%d %d\\n", @_frame(in, MODEM_PAYLOAD_MAX, out, 300), @_frame(in, MODEM_PAYLOAD_MAX + 1, out, 300));
    printf("%d ", @_frame(in, 9, out, 11));
    printf("%d ", @_frame(in, 9, out, 12));
    printf("%d\\n", @_verify(out, 12));
    printf("%d %d\\n", @_delay_ms(0), @_delay_ms(99));
    return 0;
}
"""


def prefix():
    found = re.search(r"\bint\s+(\w+?)_frame\s*\(", read("include/modem.h"))
    assert found and found[1] != "mdm", found
    return found[1]


def compiled(source, *options):
    command = f"cat > /tmp/own.c && gcc {FLAGS} {' '.join(options)} -o /tmp/own /tmp/own.c src/modem.c src/crc_nibble.c && /tmp/own"
    return run(command, input=source, timeout_s=30)


def crc(data, seed):
    for byte in data:
        seed ^= byte << 8
        for _ in range(8):
            seed = (seed << 1 ^ 0x1021 if seed & 0x8000 else seed << 1) & 0xFFFF
    return seed


@check("make builds both programs without warnings")
def _():
    done = run("cp -R . /tmp/copy && cd /tmp/copy && rm -rf build && make -s && build/burnin", timeout_s=60)
    assert done.stdout == "7 -1 4\n" and not done.stderr, done


@check("new names work with and without the compatibility header")
def _():
    for options in ([], ["-DMODEM_NO_COMPAT"]):
        done = compiled(OWN.replace("@", prefix()), "-Werror", *options)
        (_, retry, most), sizes, room, delays = ([int(word) for word in line.split()] for line in done.stdout.splitlines())
        assert sizes == [most + 3, -1] and room == [-1, 12, 0] and delays == [retry, 16 * retry], done


@check("old names work, but not without the compatibility header")
def _():
    old = OWN.replace("@", "mdm")
    assert compiled(old).stdout == compiled(OWN.replace("@", prefix())).stdout != ""
    assert compiled(old, "-DMODEM_NO_COMPAT", "-Werror").exit_code != 0


@check("frames are what they were, with the new seed")
def _():
    seed = int(compiled(OWN.replace("@", prefix())).stdout.split()[0])
    done = run("gcc -std=c11 -Iinclude -o /tmp/m src/main.c src/modem.c src/crc_nibble.c && /tmp/m frame Osprey && /tmp/m delay 2")
    data = b"\x06Osprey"
    assert done.stdout.split()[0] == data.hex() + f"{crc(data, seed):04x}" and 9999 < seed, done


@check("the old prefix is left in the compatibility header only")
def _():
    assert "mdm_" not in read("include/modem.h")
    for path in ("src/modem.c", "src/main.c"):
        assert "mdm_" not in re.sub(r"//.*|/\*[\s\S]*?\*/", "", read(path)), path
    assert all(f"mdm_{name}" in read("include/modem_compat.h") for name in ("frame", "verify", "delay_ms"))


@check("the dead CRC is gone from header and Makefile too")
def _():
    assert "bitwise" not in read("include/crc.h") + read("Makefile")
    assert run(["test", "-e", "src/crc_bitwise.c"]).exit_code == 1


@check("the compatibility header says until when")
def _():
    done = compiled('#include <stdio.h>\n#include "modem.h"\nint main(void) { puts(MODEM_COMPAT_UNTIL); return 0; }\n')
    assert re.fullmatch(r"v?\d+\.\d+\.\d+\n", done.stdout), done


main()
