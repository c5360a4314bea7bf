import functools
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run  # noqa: E402

AT_EXIT = """
#include <stdio.h>
#include "kv2.h"
__attribute__((destructor)) static void report(void)
{
    FILE *file = fopen("/tmp/unreleased", "a");
    fprintf(file, "%d\\n", kv2_unreleased());
    fclose(file);
}
"""
START = {"wind.max": "31", "wind.unit": "m/s", "rain": "0=none"}


@functools.cache
def build():
    command = "cat > /tmp/at_exit.c && gcc -std=c11 -Wall -Wextra -Isrc -Ivendor src/*.c vendor/kv2.c /tmp/at_exit.c -o /tmp/stationctl"
    return run(command, input=AT_EXIT, timeout_s=30)


def stationctl(*commands, start=START):
    """Run commands one after the other on a fresh file; return the exit codes, the outputs and the file's entries."""
    assert build().exit_code == 0, build().stderr
    text = "".join(f"{key}={value}\n" for key, value in start.items())
    run("rm -rf /tmp/s && mkdir /tmp/s && cat > /tmp/s/file", input=text)
    done = [run(["/tmp/stationctl", "/tmp/s/file", *command]) for command in commands]
    for one in done:
        assert (one.exit_code > 2) == (one.stderr.count("\n") == 1 and "see README" not in one.stderr), one
    entries = [line.split("=", 1) for line in run(["cat", "/tmp/s/file"]).stdout.splitlines() if not line.startswith("#")]
    return [one.exit_code for one in done], [one.stdout for one in done], dict(entries)


@check("make builds it")
def _():
    done = run(["make", "-s"], timeout_s=30)
    assert done.exit_code == 0 and run(["build/stationctl"]).exit_code == 2, done.stderr
    assert "vendor/kv1" not in read("Makefile") and '"kv1.h"' not in read("src/stationctl.c")


@check("values are read, added and replaced")
def _():
    found = stationctl(["get", "rain"], ["set", "rain", "2"], ["set", "hail", "a b"], ["get", "hail"])
    assert found == ([0, 0, 0, 0], ["0=none\n", "", "", "a b\n"], {**START, "rain": "2", "hail": "a b"}), found


@check("missing keys are exit code 3, to drop and to move as well")
def _():
    found = stationctl(["get", "snow"], ["drop", "snow"], ["move", "snow", "rain"], ["drop", "rain"], ["drop", "rain"])
    assert found[0] == [3, 3, 3, 0, 3] and found[2] == {"wind.max": "31", "wind.unit": "m/s"}, found


@check("keys are moved over others and onto themselves")
def _():
    found = stationctl(["move", "wind.max", "gust"], ["move", "gust", "rain"], ["move", "rain", "rain"])
    assert found[0] == [0, 0, 0] and found[2] == {"wind.unit": "m/s", "rain": "31"}, found


@check("keys are counted")
def _():
    found = stationctl(["count", "wind."], ["count", ""], ["count", "x"])
    assert found[:2] == ([0, 0, 0], ["2\n", "3\n", "0\n"]), found


@check("a full store is exit code 4 and stays as it was")
def _():
    found = stationctl(["set", "big", "x" * 60000], ["set", "some", "y" * 8000], ["set", "more", "z" * 45000])
    assert found[0] == [4, 0, 4] and found[2] == {**START, "some": "y" * 8000}, found[0]


@check("other failures are exit code 5, wrong usage is 2")
def _():
    found = stationctl(["set", "a=b", "1"], ["set", "#", "1"], ["move", "rain", "="], ["get"], ["put", "a", "b"], ["get", "a", "b"])
    assert found[0] == [5, 5, 5, 2, 2, 2] and found[2] == START, found
    assert run(["/tmp/stationctl", "/no/such/place", "get", "a"]).exit_code == 5
    assert run(["/tmp/stationctl", "/tmp/s/new", "set", "a", "b"]).exit_code == 0 and "a=b\n" in run(["cat", "/tmp/s/new"]).stdout


@check("nothing is left unreleased, whatever happens")
def _():
    run(["rm", "-f", "/tmp/unreleased"])
    stationctl(["get", "rain"], ["get", "snow"], ["move", "rain", "sun"], ["move", "wind.max", "="], ["drop", "none"],
               ["move", "sun", "sun"], ["count", "w"], ["set", "big", "x" * 60000], ["nonsense", "x"])
    assert run(["cat", "/tmp/unreleased"]).stdout == "0\n" * 9, run(["cat", "/tmp/unreleased"]).stdout


main()
