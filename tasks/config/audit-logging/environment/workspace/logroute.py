"""Says which appenders get an event, by the rules of logback."""

import pathlib
import sys
import xml.etree.ElementTree as ElementTree

FILE = pathlib.Path(__file__).parent / "logback.xml"
LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"]


def ancestors(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(len(parts), 0, -1)] + ["root"]


def route(tree: ElementTree.Element, name: str, level: str) -> list[str]:
    known = {entry.get("name"): entry for entry in tree.findall("logger")}
    known["root"] = tree.find("root")
    chain = [known[one] for one in ancestors(name) if one in known]
    least = next(entry.get("level") for entry in chain if entry.get("level"))
    if LEVELS.index(level) < LEVELS.index(least.upper()):
        return []
    found = []
    for entry in chain:
        found += [ref.get("ref") for ref in entry.findall("appender-ref")]
        if entry.get("additivity") == "false":
            break
    defined = {appender.get("name") for appender in tree.findall("appender")}
    for missing in set(found) - defined:
        raise SystemExit(f"no appender is called {missing}")
    return found


if __name__ == "__main__":
    root = ElementTree.fromstring(FILE.read_text(encoding="utf-8"))
    print(" ".join(sorted(route(root, sys.argv[1], sys.argv[2]))) or "nowhere")
