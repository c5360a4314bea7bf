import argparse
import csv
import sys
from pathlib import Path

from greenhouse.alarms import Alarms
from greenhouse.controller import Controller
from greenhouse.settings import load


def main() -> int:
    parser = argparse.ArgumentParser(prog="greenhouse")
    parser.add_argument("--settings", default=Path(__file__).parent.parent / "settings.toml")
    options = parser.parse_args()
    try:
        settings = load(options.settings)
    except KeyError as error:
        print(f"missing setting: {error.args[0]}", file=sys.stderr)
        return 2
    controller, alarms = Controller(settings), Alarms(settings)
    print("sensor", settings.serial)
    for second, bed, moisture in csv.reader(sys.stdin):
        print(second, bed, controller.decide(int(second), bed, int(moisture)))
        message = alarms.check(bed, int(moisture))
        if message:
            print("alarm", message)
    return 0


sys.exit(main())
