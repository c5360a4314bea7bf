import csv
import sys

from tidekit import util


def main() -> int:
    command = sys.argv[1] if len(sys.argv) == 2 else ""
    readings = [(int(row[0]), int(row[1])) for row in csv.reader(sys.stdin) if row]
    if command == "clean":
        for second, level in util.despike(readings):
            print(f"{second},{level}")
    elif command == "gaps":
        for start, end in util.gaps(readings):
            print(f"{start}-{end}")
    elif command == "datum":
        for second, level in readings:
            print(f"{second} {util.to_metres(util.to_datum(level)):.3f}")
    else:
        print("usage: python3 -m tidekit clean|gaps|datum", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
