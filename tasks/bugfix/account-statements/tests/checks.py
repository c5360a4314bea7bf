import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run  # noqa: E402

JAVA = ["java", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-cp", "/tmp/statements", "ledger.Main"]
SETTINGS = "page.lines=3\nserial.first=880\nalert.below=100\nalert.fee=9\ncreditor=c\nbranch=b\narchive.days=1\n"
ACCOUNTS = [
    ("11", 500, [(-450, "shoes"), (700, "wages"), (-20, "tea"), (-700, "rent"), (5, "gift")]),
    ("12", 60, [(10, "refund"), (-30, "bus")]),
    ("13", 300, [(-290, "phone"), (40, "sale")]),
    ("14", 20, []),
    ("15", 1000, [(-1, "a"), (-2, "b"), (-3, "c"), (-4, "d"), (-5, "e"), (-6, "f"), (-7, "g")]),
    ("16", 150, [(-60, "cinema")]),
]
_output = {}


def java(*command, text):
    if not _output:
        done = run("javac -J-XX:TieredStopAtLevel=1 -d /tmp/statements src/ledger/*.java", timeout_s=90)
        assert done.exit_code == 0, done.stderr
        _output["built"] = []
    done = run(command, input=text, timeout_s=30)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def statements():
    """Return the printed batch, split into one list of lines a statement."""
    if "batch" not in _output:
        text = ""
        for number, opening, entries in ACCOUNTS:
            text += f"account {number} {opening}\n" + "".join(f"{cents} {what}\n" for cents, what in entries)
        start = f"cat > /tmp/batch && printf '{SETTINGS}' > /tmp/settings && exec {' '.join(JAVA)} /tmp/settings < /tmp/batch"
        printed = java("bash", "-c", start.replace("\n", "\\n"), text=text)
        _output["batch"] = [part.splitlines() for part in printed.split("document ")[1:]]
    assert len(_output["batch"]) == len(ACCOUNTS), _output["batch"]
    return _output["batch"]


def starting(word):
    return [[line for line in statement if line.startswith(word)] for statement in statements()]


@check("each statement has its own turnover and balance")
def _():
    sums = [(sum(c for c, _ in e if c > 0), -sum(c for c, _ in e if c < 0)) for _, _, e in ACCOUNTS]
    assert starting("in ") == [[f"in {up} out {down}"] for up, down in sums], starting("in ")
    assert starting("closing") == [[f"closing {o + sum(c for c, _ in e)}"] for _, o, e in ACCOUNTS]


@check("each statement has its own alerts, and only where the balance became low")
def _():
    alerts = [["shoes", "rent"], [], ["phone"], [], [], ["cinema"]]
    assert starting("alert") == [[f"alert {text}, fee 9" for text in one] for one in alerts], starting("alert")


@check("documents are numbered on and on")
def _():
    heads = [statement[0] for statement in statements()]
    assert heads == [f"{880 + i} account {account[0]}" for i, account in enumerate(ACCOUNTS)], heads


@check("balances are brought forward from page to page")
def _():
    expected = [["page 2 brought forward 730"], [], [], [], ["page 2 brought forward 994", "page 3 brought forward 979"], []]
    assert starting("page") == expected, starting("page")


@check("entries and openings are all there")
def _():
    for (_, opening, entries), lines in zip(ACCOUNTS, statements()):
        booked = [line for line in lines if line.split(" ")[0].lstrip("-").isdigit()][1:]
        assert f"opening {opening}" in lines and booked == [f"{c} {t}" for c, t in entries], lines


@check("the bank's own settings are used")
def _():
    own = dict(line.split("=", 1) for line in read("ledger.properties").split("\n") if "=" in line and line[0] != "#")
    own = {key.strip(): value.strip() for key, value in own.items()}
    below = int(own["alert.below"])
    lines = java(*JAVA, "ledger.properties", text=f"account 1 {below}\n-1 stamp\naccount 2 {below + 1}\n-1 stamp\n").splitlines()
    assert lines[0] == f"document {own['serial.first']} account 1" and lines[1].endswith(f"kept {own['archive.days']} days"), lines
    assert [line for line in lines if line.startswith("alert")] == [f"alert stamp, fee {own['alert.fee']}"], lines


main()
