import csv
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run  # noqa: E402


def row():
    (found,) = csv.DictReader(read("excursion.csv").splitlines())
    return {name: value.strip() for name, value in found.items()}


def longest():
    """The longest excursion of K7, as (time, true temperature), by the offset and limit of the row."""
    offset, limit = int(row()["offset_mk"]), int(row()["limit_mc"])
    readings = [(one["time"], int(one["raw_mc"]) + offset) for one in csv.DictReader(readings_text()) if is_k7(one)]
    runs = [[]]
    for reading in readings:
        if reading[1] > limit:
            runs[-1].append(reading)
        elif runs[-1]:
            runs.append([])
    return max(runs, key=len)


def readings_text():
    return read("loggers/2031-02-11.csv").splitlines()


def is_k7(reading):
    return reading["logger"] == "K7"


@check("the row is complete")
def _():
    done = run(["Rscript", "check.R"], timeout_s=20)
    assert done.exit_code == 0 and done.stdout.strip() == "complete", done.stderr


@check("the row is about logger K7")
def _():
    assert row()["logger"] == "K7", row()


@check("the excursion begins where the true temperature passed the limit of the row")
def _():
    assert row()["first"] == longest()[0][0], (row(), longest()[:1])


@check("its minutes are counted with the offset and limit of the row")
def _():
    assert int(row()["minutes"]) == len(longest()) > 100, (row(), len(longest()))


@check("the peak is the highest reading of the excursion")
def _():
    assert row()["peak_at"] == max(longest(), key=lambda reading: reading[1])[0], row()


main()
