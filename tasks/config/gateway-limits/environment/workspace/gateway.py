"""The gateway's front: reads its settings and says what it does with them."""

import argparse
import pathlib
import sys
import tomllib

CONFIG = pathlib.Path(__file__).parent / "config"


def load(path: str) -> dict:
    text = sys.stdin.read() if path == "-" else pathlib.Path(path).read_text(encoding="utf-8")
    settings = tomllib.loads(text)
    numbers = {"port": settings["admin"]["port"], **settings["limits"]}
    for key in ("port", "per_minute", "burst", "quota_per_day"):
        value = numbers[key]
        if type(value) is not int or value <= 0:
            raise ValueError(f"{key} must be a positive integer, not {value!r}")
    if not 1024 <= numbers["port"] <= 65535:
        raise ValueError(f"port {numbers['port']} is not between 1024 and 65535")
    if not settings["admin"]["realm"]:
        raise ValueError("realm is empty")
    return settings


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", default=str(CONFIG / "gateway.toml"))
    parser.add_argument("command", choices=["check", "listen", "admit", "tenants"])
    parser.add_argument("count", type=int, nargs="?", default=0)
    options = parser.parse_args()
    if options.command == "tenants":
        print("\n".join(sorted(tomllib.loads((CONFIG / "tenants.toml").read_text(encoding="utf-8")))))
        return 0
    try:
        settings = load(options.config)
    except (ValueError, KeyError) as error:
        print(f"bad settings: {error}", file=sys.stderr)
        return 2
    if options.command == "listen":
        print(f"127.0.0.1:{settings['admin']['port']}")
    elif options.command == "admit":
        room = settings["limits"]["per_minute"] + settings["limits"]["burst"]
        admitted = min(options.count, room)
        print(f"admitted {admitted} refused {options.count - admitted}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
