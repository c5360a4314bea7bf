"""Morning bulletin of the harbour board. Maintained by the board, not by us."""

import sys

from tidekit.util import from_metres, to_datum, to_metres

for line in sys.stdin:
    print(f"{to_metres(to_datum(from_metres(float(line)), 500)):.2f} m")
