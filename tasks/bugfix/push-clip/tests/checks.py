import json
import sys

sys.path.insert(0, "/tests")
from agentbench_verify import check, main, read, run  # noqa: E402


def utf8(text):
    return len(text.encode())


def utf16(text):
    return len(text.encode("utf-16-le")) // 2


def expected(text, limit, size):
    if size(text) <= limit:
        return text
    kept = ""
    for char in text:
        if size(kept + char + "…") > limit:
            break
        kept += char
    return kept + "…"


def config(channel):
    return json.loads(read("config/channels.json"))[channel]


def send(channel, title, body):
    done = run(["node", "cli.js", channel], input=json.dumps({"title": title, "body": body}, ensure_ascii=False))
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def holds(title, body):
    push, got = config("push"), send("push", title, body)
    assert got["title"] == expected(title, push["title_bytes"], utf8), got["title"][-20:]
    assert got["body"] == expected(body, push["body_bytes"], utf8), got["body"][-20:]


@check("titles and bodies are counted in bytes")
def _():
    holds("é" * 700, "ж語" * 4000)
    holds("a" * 900, "b" * 9000)


@check("no character is cut in two, wherever the limit falls")
def _():
    for shift in range(4):
        holds("x" * shift + "🏅" * 400, "y" * shift + "語🏅ß" * 1500)


@check("what just fits stays, one byte more is clipped")
def _():
    title, body = config("push")["title_bytes"], config("push")["body_bytes"]
    for extra in (0, 1):
        holds("ü" * ((title - 1) // 2) + "a" * ((title - 1) % 2 + 1 + extra), "語" * ((body - 2) // 3) + "ab" + "c" * ((body - 2) % 3 + extra))


@check("text messages are still counted in UTF-16 units")
def _():
    units = config("sms")["units"]
    for text in ("é" * units, "語" * (units + 1), "z" * (2 * units), "🏅" * (units // 2)):
        assert send("sms", "", text)["text"] == expected(text, units, utf16), text[:3]


@check("text messages hold whole characters too")
def _():
    units = config("sms")["units"]
    for title in ("T", "To"):
        text = send("sms", title, "🏅" * units)["text"]
        assert text == expected(f"{title}: " + "🏅" * units, units, utf16), text[-4:]


@check("the rest of a payload is as configured")
def _():
    push, sms = send("push", "a", "b"), send("sms", "a", "b")
    assert push == {"topic": config("push")["topic"], "ttl": config("push")["ttl_s"], "title": "a", "body": "b"}, push
    assert sms == {"from": config("sms")["sender"], "text": "a: b"}, sms


main()
