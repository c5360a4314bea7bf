"""Prints resolved profiles, one a line."""

import argparse
import json
import pathlib
import sys

from printfarm.errors import ProfileError
from printfarm.profiles import Library
from printfarm.queue import release_at

parser = argparse.ArgumentParser()
parser.add_argument("--dir", type=pathlib.Path, default=pathlib.Path(__file__).parent / "profiles")
parser.add_argument("--printed-at", type=int, help="say when the plate may be lifted instead")
parser.add_argument("names", nargs="*")
options = parser.parse_args()
if options.printed_at is not None:
    print(release_at(options.printed_at))
library = Library(options.dir)
try:
    for name in options.names:
        print(json.dumps(library.resolve(name), sort_keys=True))
except ProfileError as error:
    print(error, file=sys.stderr)
    sys.exit(2)
