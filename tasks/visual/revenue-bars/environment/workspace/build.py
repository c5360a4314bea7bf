"""Writes a revenue table as a bar chart."""

import argparse
import pathlib
import sys
import tomllib

from bars.chart import draw
from bars.table import load

HERE = pathlib.Path(__file__).parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=pathlib.Path, default=HERE / "chart.toml")
    parser.add_argument("table", type=pathlib.Path)
    parser.add_argument("target")
    options = parser.parse_args()
    config = tomllib.loads(options.config.read_text(encoding="utf-8"))
    svg = draw(load(options.table), config)
    if options.target == "-":
        sys.stdout.write(svg)
    else:
        pathlib.Path(options.target).write_text(svg, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
