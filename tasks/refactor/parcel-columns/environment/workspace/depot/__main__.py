import json
import sqlite3
import sys

from depot import store


def main() -> int:
    path, command, *rest = sys.argv[1:]
    db = sqlite3.connect(path)
    if command == "migrate":
        print("\n".join(store.migrate(db)))
    elif command == "add":
        try:
            store.add(db, json.load(sys.stdin))
        except ValueError as error:
            print(error, file=sys.stderr)
            return 1
    elif command == "show":
        print(json.dumps(store.show(db, rest[0])))
    elif command == "heavy":
        print("\n".join(store.heavy(db, rest[0], int(rest[1]))))
    elif command == "report":
        for row in store.report(db):
            print(*row, sep="|")
    return 0


if __name__ == "__main__":
    sys.exit(main())
