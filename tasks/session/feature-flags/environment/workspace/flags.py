"""Feature flags. Usage: flags.py check | count FLAG USERS | on FLAG USER"""

import json
import pathlib
import sys
import zlib

FLAGS = json.loads((pathlib.Path(__file__).parent / "flags.json").read_text(encoding="utf-8"))


def enabled(flag: dict, user: int) -> bool:
    return zlib.crc32(f"{flag['salt']}:{user}".encode()) % 10000 < flag["rollout"]


def main(arguments: list[str]) -> int:
    match arguments:
        case ["check"]:
            bad = [name for name, flag in FLAGS.items() if type(flag["rollout"]) is not int or not flag["owner"]]
            print("bad: " + " ".join(bad) if bad else "ok")
            return 1 if bad else 0
        case ["count", name, users]:
            print(sum(enabled(FLAGS[name], user) for user in range(int(users))))
        case ["on", name, user]:
            print("on" if enabled(FLAGS[name], int(user)) else "off")
        case _:
            print(__doc__, file=sys.stderr)
            return 64
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
