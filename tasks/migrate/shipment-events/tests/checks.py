import datetime as dt
import json
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run  # noqa: E402

PRODUCE = "import json, sys; from events import produce; print(json.dumps(produce.shipment_sent(json.load(sys.stdin), 1950000007)))"
DESCRIBE = "import json, sys; from events import consume; print(consume.describe(json.load(sys.stdin)))"
RECORD = {"order": "B-77", "own": "s/4", "tracking": "TR9", "grams": 1005, "millimetres": [315, 201, 97], "cents": 1999,
          "eta": 1950400000, "country": "CH"}
BODY = {"orderRef": "B-77", "shipperRef": "s/4", "trackingId": "TR9", "grams": 1005,
        "size": {"lengthMm": 315, "widthMm": 201, "heightMm": 97}, "value": {"minor": 1999, "currency": "EUR"},
        "eta": 1950400000, "destination": "CHE", "status": "accepted"}
OLD = {"ref": "B-77", "sender_ref": "s/4", "tracking": "TR9", "kg": 1.005, "size_cm": [31.5, 20.1, 9.7], "value": "19.99",
       "eta": 1950400000, "to": "CH", "status": 2}


def python(code, document):
    done = run(["python3", "-c", code], input=json.dumps(document))
    assert done.exit_code == 0, done.stderr
    return done.stdout


def upgraded(*lines):
    done = run(["python3", "-m", "events.upgrade"], input="\n".join(lines) + "\n")
    assert done.exit_code == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def profile():
    return json.loads(read("events/profile.json"))


def first():
    return int(dt.datetime.fromisoformat(profile()["replayFrom"]).replace(tzinfo=dt.timezone.utc).timestamp())


def stored(sent, **changes):
    return json.dumps({"v": 1, "type": "shipment", "sent": sent, "body": {**OLD, **changes}})


@check("the producer seals in format 2")
def _():
    event, ours = json.loads(python(PRODUCE, RECORD)), profile()
    assert event.pop("body") == BODY
    assert event == {"format": 2, "kind": "shipment", "source": ours["source"], "schema": ours["schema"],
                     "tenant": ours["tenant"], "timeMs": 1950000007000, "ttlMinutes": ours["ttlMinutes"]}, event


@check("the profile has six keys and a registered source")
def _():
    ours = profile()
    assert set(ours) == {"source", "schema", "tenant", "legacyTenant", "ttlMinutes", "replayFrom"}, ours
    assert ours["source"].startswith("urn:") and ours["source"].count(":") == 2, ours
    assert type(ours["ttlMinutes"]) is int and dt.date.fromisoformat(ours["replayFrom"]), ours


@check("the hotline's lines are the same")
def _():
    event = json.loads(python(PRODUCE, RECORD))
    assert python(DESCRIBE, event) == "TR9 to CH: 1.005 kg, 6.1 l, 19.99 EUR, handed over\n"
    event["body"].update(status="moving", destination="NLD", grams=20, value={"minor": 5, "currency": "EUR"})
    assert python(DESCRIBE, event) == "TR9 to NL: 0.020 kg, 6.1 l, 0.05 EUR, in transit\n"


@check("the consumer opens nothing else")
def _():
    bad = {**json.loads(python(PRODUCE, RECORD)), "format": 1}
    for event in (bad, {"v": 1, "type": "shipment", "sent": 1950000007, "body": OLD}):
        assert run(["python3", "-c", DESCRIBE], input=json.dumps(event)).exit_code != 0


@check("stored messages are upgraded")
def _():
    more = stored(first() + 90000, kg=0.0286, value="1234.50", to="BE", status=9, size_cm=[7.3, 110, 0.4])
    one, two = upgraded(stored(first() + 5), "", more)
    assert one["body"] == BODY and one["timeMs"] == (first() + 5) * 1000 and one["kind"] == "shipment", one
    assert one["tenant"] == profile()["legacyTenant"] and one["ttlMinutes"] == profile()["ttlMinutes"], one
    size = {"lengthMm": 73, "widthMm": 1100, "heightMm": 4}
    wanted = {**BODY, "grams": 29, "value": {"minor": 123450, "currency": "EUR"}, "destination": "BEL", "status": "lost", "size": size}
    assert two["body"] == wanted, two


@check("what was sent too early is left out, to the second")
def _():
    found = upgraded(stored(first() - 1, tracking="early"), stored(first(), tracking="exact"), stored(first() - 86400 * 400))
    assert [one["body"]["trackingId"] for one in found] == ["exact"], found


@check("format 2 is passed on, whatever its age")
def _():
    event = {**json.loads(python(PRODUCE, RECORD)), "tenant": "other", "timeMs": 900_000_000_000}
    assert upgraded(json.dumps(event), stored(first()))[0] == event


@check("nothing needs format 1")
def _():
    code = "import sys; sys.modules['vendor.envelope1'] = None; from events import consume, produce, upgrade"
    assert run(["python3", "-c", code]).exit_code == 0 and "envelope2" in read("events/produce.py")


main()
