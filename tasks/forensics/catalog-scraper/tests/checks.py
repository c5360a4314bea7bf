import datetime as dt
import json
import re
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run  # noqa: E402

LINE = re.compile(r'(\S+) - - \[(.*?)\] "GET /api/catalog(?:\?\S*)? HTTP/1\.1" 200 (\d+)')
OLD_DENY = ["deny 2001:db8:4f::aa01;  # rule 100418", "deny 2001:db8:d0d0::6;  # rule 100733"]


def report():
    return json.loads(read("abuse/report.json"))


def catalogue():
    """Client to (time, bytes) of every line that counts."""
    found = {}
    for line in read("logs/access-2031-05-14.log").splitlines():
        if match := LINE.fullmatch(line):
            time = dt.datetime.strptime(match[2], "%d/%b/%Y:%H:%M:%S %z")
            found.setdefault(match[1], []).append((time, int(match[3])))
    return found


@check("the report is well formed")
def _():
    done = run(["sh", "abuse/validate.sh"])
    assert done.exit_code == 0 and "well formed" in done.stdout, done.stderr


@check("the client is the busiest one but for the one that is allowed")
def _():
    found = catalogue()
    ranked = sorted(found, key=lambda client: -len(found[client]))
    assert report()["client"] == ranked[1], (report()["client"], ranked[:3])


@check("the requests of that client are counted")
def _():
    assert report()["requests"] == len(catalogue()[report()["client"]]), report()


@check("its bytes are added up")
def _():
    assert report()["bytes"] == sum(size for _, size in catalogue()[report()["client"]]), report()


@check("it was first seen with the first of them, in whatever zone")
def _():
    seen = dt.datetime.fromisoformat(report()["first_seen"])
    assert seen == min(catalogue()[report()["client"]])[0] and seen.tzinfo is not None, report()


@check("the edge servers keep it out, and the earlier ones too")
def _():
    *old, new = [line.strip() for line in read("abuse/deny.conf").splitlines() if line.strip()]
    client = re.escape(report()["client"])
    assert old == OLD_DENY and re.fullmatch(rf"deny\s+{client}\s*;\s*#\s*rule \d+", new), new


main()
