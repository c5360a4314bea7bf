import datetime as dt
import sys
import tomllib

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run  # noqa: E402

SANDBOX = "ferry-lab"


def finding():
    return tomllib.loads(read("finding.toml"))


def standing():
    """Event to subject and tenant, of every billing-admin grant in force."""
    grants = {}
    for line in read("audit/roles.log").splitlines():
        _, event, *pairs = line.split()
        entry = dict(pair.split("=") for pair in pairs)
        key = (entry["subject"], entry["tenant"])
        if entry["role"] == "billing-admin" and entry["action"] == "grant":
            grants[key] = event
        elif entry["role"] == "billing-admin":
            grants.pop(key)
    return {event: key for key, event in grants.items()}


@check("the auditors' line can be printed")
def _():
    done = run(["python3", "finding.py"])
    assert done.exit_code == 0 and done.stdout.startswith("case "), done.stderr


@check("the grant is a billing-admin grant that nobody revoked")
def _():
    assert finding()["grant"]["event"] in standing(), finding()


@check("it is the grant of the subject that is named")
def _():
    grant = finding()["grant"]
    assert standing()[grant["event"]][0] == grant["subject"], grant


@check("it is not in the sandbox tenant")
def _():
    assert standing()[finding()["grant"]["event"]][1] != SANDBOX, finding()


@check("case, day and heir are given")
def _():
    found = finding()
    assert len(str(found["case"])) == 5 and int(found["case"]), found
    assert dt.date.fromisoformat(str(found["remedy"]["revoke_by"])) and found["remedy"]["heir"], found


main()
