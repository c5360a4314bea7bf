import csv
import io
import json
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, run  # noqa: E402


def export(*customers):
    lines = [json.dumps(dict(zip(("name", "street", "note"), one))) + "\n" for one in customers]
    return run(["python3", "export.py"], input="".join(lines))


def text(*customers):
    """Return the rows behind the head, as they were written."""
    done = export(*customers)
    assert done.exit_code == 0, done.stderr
    head, _, rest = done.stdout.partition("\r\n")
    assert len(head.split(";")) == 3, head
    return rest


def survives(*customers):
    rows = list(csv.reader(io.StringIO(text(*customers), newline=""), delimiter=";", strict=True))
    assert rows == [list(one) for one in customers], rows


@check("quotes and separators survive")
def _():
    survives(('Joe "The Boss" Ray', 'a;b;"c"', '"'), ('""', ";", '";"'), ("back\\slash", 'x\\"y', "\\;"))


@check("line breaks survive")
def _():
    survives(("Ann\nLee", "c/o Bob\r\nMill Lane 3", "\n"), ("next", "one\rtwo", ""))


@check("other fields have no quotes")
def _():
    plain = "Ann Lee;'s Gravenweg 3, Ost;größer than a=b\r\n;;\r\nx;;\\n\r\n"
    assert text(("Ann Lee", "'s Gravenweg 3, Ost", "größer than a=b"), ("", "", ""), ("x", "", "\\n")) == plain


@check("formulas are tamed, quoted or not")
def _():
    assert text(("=1", "+4 9", "@x"), ("-", "a-b", "1=1")) == "'=1;'+4 9;'@x\r\n'-;a-b;1=1\r\n"
    rows = [("=SUM(A1;A2)", '@say "hi"', "-1\n2"), ("+;", '="x"', '"=1"')]
    tamed = [[cell if cell[0] == '"' else "'" + cell for cell in one] for one in rows]
    assert list(csv.reader(io.StringIO(text(*rows), newline=""), delimiter=";", strict=True)) == tamed, text(*rows)


@check("rows end with CR LF, and too many are refused")
def _():
    assert text(("a", "b", "c"), ("d", "e;", "f")) == 'a;b;c\r\nd;"e;";f\r\n'
    limit = int(run(["python3", "-c", "from mailing import settings; print(settings.MAX_ROWS)"]).stdout)
    assert text(*[("a", "b", "c")] * limit).count("\r\n") == limit
    done = export(*[("a", "b", "c")] * (limit + 1))
    assert done.exit_code == 1 and str(limit + 1) in done.stderr, done


main()
