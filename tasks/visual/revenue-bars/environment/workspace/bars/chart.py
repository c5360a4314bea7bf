"""Draws rows as an SVG bar chart."""

from typing import Any

from bars.table import Row

TOP, BAR, PITCH = 60, 24, 34
LEFT, RIGHT = 200, 640


def draw(rows: list[Row], config: dict[str, Any]) -> str:
    most = max(row.crowns for row in rows)
    height = TOP + PITCH * len(rows) + 30
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 {height}" font-family="DejaVu Sans" font-size="13">']
    for index, row in enumerate(rows):
        y = TOP + PITCH * index
        width = (RIGHT - LEFT) * row.crowns / most
        parts.append(f'<rect class="bar" x="{LEFT}" y="{y}" width="{width:.2f}" height="{BAR}" fill="gray"/>')
        parts.append(f'<text class="name" x="{LEFT - 8}" y="{y + 17}" text-anchor="end">{row.site}</text>')
    return "\n".join([*parts, "</svg>", ""])
