import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, run  # noqa: E402


def alarm(pressure):
    done = run(["perl", "alarm.pl", pressure])
    assert done.exit_code == 0 and not done.stderr, done.stderr
    return done.stdout.split("\n")


@check("a pressure between the thresholds is normal")
def _():
    assert alarm("5000") == ["normal", ""], alarm("5000")


@check("pressures beyond them call somebody")
def _():
    for pressure, state in (("900", "low"), ("9950", "high")):
        said = alarm(pressure)
        assert said[0] == state and said[1].startswith("call "), said


main()
