"""Draws docs/dev/ways.svg: the ways E and L through the rooms. Run: python docs/ways.py"""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

E = [
    ("E1", "classroom_enrolment.py", "a student is enrolled", "Odoo"),
    ("E2", "telegram_classroom_mixin.py", "who belongs into the group", "Odoo"),
    ("E3", "telegram_roster · outbox", "roster row and command", "Odoo"),
    ("E4", "database/outbox.py", "woken, claimed", "gateway"),
    ("E5", "database/roster.py", "roster and base read", "gateway"),
    ("E6", "core/merge.py", "PURE: a plan", "gateway"),
    ("E7", "telegram/apply.py", "done on Telegram", "gateway"),
    ("E8", "database/members.py", "recorded: the new base", "gateway"),
]
L = [
    ("L7", "telegram_lesson_mixin.py", "the sheet, the report", "Odoo"),
    ("L6", "rules/intervals · attendance", "PURE: verdicts", "Odoo"),
    ("L5", "telegram_presence.py", "an append-only row", "Odoo"),
    ("L4", "telegram_inbox.py", "handled once", "Odoo"),
    ("L3", "database/inbox.py", "a fact, the doorbell", "gateway"),
    ("L2", "core/presence.py", "PURE: left, and how sure", "gateway"),
    ("L1", "telegram/updates.py", "the update as a value", "gateway"),
]
WIDTH, HEIGHT, GAP, TOP = 250, 64, 22, 74


def box(x: int, y: int, step: tuple[str, str, str, str]) -> str:
    """One station of a way."""
    name, where, what, side = step
    fill = {"Odoo": "#f3ecf5", "gateway": "#e8f2fb"}[side]
    line = {"Odoo": "#714b67", "gateway": "#2481cc"}[side]
    return (
        f'<g><rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="10" fill="{fill}" '
        f'stroke="{line}" stroke-width="1.5"/>'
        f'<text x="{x + 12}" y="{y + 25}" font-weight="bold" fill="{line}">{name}</text>'
        f'<text x="{x + 40}" y="{y + 25}" font-size="12.5">{escape(where)}</text>'
        f'<text x="{x + 12}" y="{y + 48}" font-size="13" fill="#555">{escape(what)}</text></g>'
    )


def arrow(x1: int, y1: int, x2: int, y2: int) -> str:
    """From one station to the next."""
    return (
        f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#777" stroke-width="1.6" '
        'marker-end="url(#tip)"/>'
    )


def main() -> None:
    """Both ways as two columns: E goes down, L comes up."""
    step = HEIGHT + GAP
    tall = TOP + len(E) * step + 10
    left, right = 40, 40 + WIDTH + 110
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{right + WIDTH + 40}" height="{tall}" '
        f'viewBox="0 0 {right + WIDTH + 40} {tall}" font-family="DejaVu Sans, sans-serif" '
        'font-size="14">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="#777"/></marker></defs>',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{left}" y="34" font-weight="bold">E  an enrolment goes out</text>',
        f'<text x="{right}" y="34" font-weight="bold">L  somebody leaves the call</text>',
        f'<text x="{left}" y="56" font-size="12" fill="#714b67">Odoo (addons)</text>'
        f'<text x="{left + 110}" y="56" font-size="12" fill="#2481cc">gateway</text>',
    ]
    for way, x, shift in ((E, left, 0), (L, right, 1)):
        for index, station in enumerate(way):
            y = TOP + (index + shift) * step
            parts.append(box(x, y, station))
            middle = x + WIDTH // 2
            if index + 1 < len(way):
                low, high = y + HEIGHT + 2, y + step - 2
                parts.append(
                    arrow(middle, low, middle, high)
                    if way is E
                    else arrow(middle, high, middle, low)
                )
    parts.append("</svg>")
    (Path(__file__).parent / "dev/ways.svg").write_text("\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
