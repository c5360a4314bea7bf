"""Draws rows as an SVG bar chart."""

from html import escape
from typing import Any

from bars.table import Row

TOP, BAR, PITCH = 60, 24, 34
LEFT, RIGHT = 200, 640


def draw(rows: list[Row], config: dict[str, Any]) -> str:
    rows = arrange(rows, config["fold"]["limit"])
    least, most = min(0, *(row.crowns for row in rows)), max(0, *(row.crowns for row in rows))
    unit = (RIGHT - LEFT) / ((most - least) or 1)
    zero = LEFT - least * unit
    height = TOP + PITCH * len(rows) + 30
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 {height}" font-family="DejaVu Sans" font-size="13">']
    for index, row in enumerate(rows):
        parts += draw_row(row, TOP + PITCH * index, zero, unit, config["palette"])
    source = config["source"]
    cited = escape(f"Ledger {source['ledger']}, closed {source['closed']} ({source['owner']})")
    parts.append(f'<text class="source" x="{LEFT}" y="{height - 10}" font-size="11">{cited}</text>')
    return "\n".join([*parts, "</svg>", ""])


def arrange(rows: list[Row], limit: int) -> list[Row]:
    """Return the rows in their order, small ones folded into the last."""
    large = [row for row in rows if abs(row.crowns) >= limit]
    small = [row for row in rows if abs(row.crowns) < limit]
    ordered = sorted(large or small, key=lambda row: (-row.crowns, row.site))
    if large and small:
        ordered.append(Row("Other", sum(row.crowns for row in small)))
    return ordered


def draw_row(row: Row, y: int, zero: float, unit: float, palette: dict[str, str]) -> list[str]:
    end = zero + row.crowns * unit
    color = palette["gain"] if row.crowns >= 0 else palette["loss"]
    site, amount = escape(row.site), f"{row.crowns:,}".replace(",", " ")
    return [
        f'<rect class="bar" x="{min(zero, end):.2f}" y="{y}" width="{abs(end - zero):.2f}" height="{BAR}" fill="{color}">'
        f"<title>{site}: {amount} crowns</title></rect>",
        f'<text class="name" x="{LEFT - 8}" y="{y + 17}" text-anchor="end">{site}</text>',
        f'<text class="value" x="{RIGHT + 8}" y="{y + 17}">{amount}</text>',
    ]
