"""The timeline of a lesson: one bar per person over the time of the lesson, as SVG.

It depends on no clock, no Odoo and no browser: the same lesson gives the same text.
"""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Callable, Dict, List, Optional, Sequence, Tuple
from xml.sax.saxutils import escape, quoteattr

from .attendance import Thresholds
from .intervals import Observation, Presence
from .spans import ZERO, Span, cut, subtract, union
from .title import cut_title

#: All lengths are in the picture's own units; it scales with the page.
NAMES, PLOT, STATUS = 230, 640, 130
WIDTH = NAMES + PLOT + STATUS
HEAD, ROW, FOOT, PAD = 30, 26, 54, 8
NAME_MAX = 30
#: The largest number of times below the picture.
TICKS_MAX = 9
STEPS_MIN = (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 360)

COLOURS = {
    "present": "#2e7d32",
    "late": "#b26a00",
    "left_early": "#b26a00",
    "partial": "#b26a00",
    "absent": "#c62828",
    "excused": "#546e7a",
    "unknown": "#546e7a",
}
BAR, LEAD, LINE, TEXT, GRID = "#2f6ea5", "#9dbfdd", "#37474f", "#212529", "#e3e7ea"


@dataclass(frozen=True)
class Row:
    """One person: the name, the code and the word of the status, the presence, and a sentence for
    screen readers."""

    name: str
    status: str
    status_word: str
    presence: Presence = Presence()
    told: str = ""


@dataclass(frozen=True)
class Picture:
    """The input of the drawing.

    observation: of the lesson so far. stop: the planned end, naive UTC. now: naive UTC; None once
    the lesson is over. local: naive UTC → an aware instant in the class's time zone. words: {key of
    WORDS: word in the reader's language}.
    """

    observation: Observation
    stop: datetime
    rows: Sequence[Row]
    local: Callable[[datetime], datetime]
    thresholds: Thresholds = Thresholds()
    now: Optional[datetime] = None
    words: Dict[str, str] = field(default_factory=dict)


#: Keys of the words, with the default for a missing one.
WORDS = {
    "title": "Timeline of the lesson",
    "none": "Nobody is on the sheet.",
    "no_call": "There was no call.",
    "there": "in the call",
    "before": "before the start",
    "blind": "not observed",
    "start": "start",
    "stop": "end",
    "late": "late from here",
    "early": "left early before here",
    "now": "now",
}


def draw(picture: Picture) -> str:
    """Return one `<svg>` element, safe to be put into a page as it is."""
    scale = _Scale(picture)
    words = dict(WORDS, **picture.words)
    height = HEAD + ROW * max(len(picture.rows), 1) + FOOT
    title = words["title"]
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" class="o_lesson_timeline" role="img"'
        ' viewBox="0 0 {} {}" width="100%" style="max-width: {}px"'
        ' font-family="DejaVu Sans, Noto Sans, Arial, sans-serif" font-size="13"'
        ' direction="ltr" aria-label={}>'.format(WIDTH, height, WIDTH, quoteattr(title)),
        "<title>%s</title>" % _safe(title),
        "<desc>%s</desc>" % _safe(_told(picture, words)),
        '<defs><pattern id="not-observed" width="7" height="7" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><rect width="7" height="7" fill="#f3f3f3"/>'
        '<rect width="2.5" height="7" fill="#9e9e9e"/></pattern></defs>',
    ]
    bottom = height - FOOT
    parts += _grid(picture, scale, bottom)
    for number, row in enumerate(picture.rows):
        parts += _row(picture, scale, row, HEAD + ROW * number)
    if not picture.rows:
        parts.append(_text(NAMES, HEAD + 17, words["none"], fill="#6c757d"))
    elif picture.observation.held is None:
        parts.append(_text(NAMES + PAD, HEAD - 12, words["no_call"], fill="#6c757d"))
    parts += _marks(picture, scale, bottom, words)
    parts += _legend(bottom + 38, words, bool(picture.observation.unseen))
    parts.append("</svg>")
    return "".join(parts)


class _Scale:
    """The place of an instant in the picture, which shows the time from the first arrival before
    the lesson to its end."""

    def __init__(self, picture: Picture):
        window = picture.observation.window
        arrivals = [row.presence.likely[0].start for row in picture.rows if row.presence.likely]
        self.start = max(min([window.start] + arrivals), window.start - max(window.lead_in, ZERO))
        self.stop = max(picture.stop, window.stop, self.start + timedelta(minutes=1))
        self._length = (self.stop - self.start).total_seconds()

    def x(self, at: datetime) -> float:
        part = (at - self.start).total_seconds() / self._length
        return round(NAMES + PLOT * min(max(part, 0.0), 1.0), 1)


def ticks(
    start: datetime, stop: datetime, local: Callable[[datetime], datetime]
) -> List[Tuple[datetime, str]]:
    """Return [(naive UTC, "HH:MM")]: round times of the local clock in [start, stop], at most
    `TICKS_MAX`."""
    length = stop - start
    step = next(
        (
            timedelta(minutes=minutes)
            for minutes in STEPS_MIN
            if length <= timedelta(minutes=minutes) * (TICKS_MAX - 1)
        ),
        timedelta(minutes=STEPS_MIN[-1]),
    )
    clock = local(start)
    midnight = clock.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    passed = clock.replace(tzinfo=None) - midnight
    at = start + (-passed) % step
    marks = []
    while at <= stop:
        marks.append((at, local(at).strftime("%H:%M")))
        at += step
    return marks


def _grid(picture: Picture, scale: _Scale, bottom: int) -> List[str]:
    parts = []
    for at, hour in ticks(scale.start, scale.stop, picture.local):
        x = scale.x(at)
        parts.append(_line(x, HEAD, bottom, GRID))
        parts.append(_text(x, bottom + 15, hour, anchor="middle", fill="#6c757d", size=11))
    return parts


def _row(picture: Picture, scale: _Scale, row: Row, top: int) -> List[str]:
    """Return the elements of one person's row. top: its upper edge, in the picture's units."""
    observation = picture.observation
    window = observation.window
    lesson = Span(window.start, max(picture.stop, window.stop))
    lead = Span(scale.start, window.start)
    parts = ["<g>", "<title>%s</title>" % _safe(row.told or row.name)]
    # parts that were not observed are drawn over the bar: nobody knows whether the person was there
    unseen = union(list(observation.blind) + subtract(observation.hidden, row.presence.likely))
    for spans, colour, opacity, inset in (
        (cut(row.presence.likely, lead), LEAD, 1, 6),
        (cut(row.presence.likely, lesson), BAR, 1, 6),
        (unseen, "url(#not-observed)", 0.75, 3),
    ):
        for span in spans:
            left, right = scale.x(span.start), scale.x(span.stop)
            parts.append(
                '<rect x="{}" y="{}" width="{}" height="{}" rx="2" fill="{}"'
                ' fill-opacity="{}"/>'.format(
                    left,
                    top + inset,
                    round(max(right - left, 1.5), 1),
                    ROW - 2 * inset,
                    colour,
                    opacity,
                )
            )
    parts.append(_name(row.name, top + 17))
    colour = COLOURS.get(row.status, TEXT)
    parts.append(_text(NAMES + PLOT + PAD, top + 17, row.status_word, fill=colour))
    parts.append(
        '<line x1="0" y1="{0}" x2="{1}" y2="{0}" stroke="{2}"/>'.format(top + ROW, WIDTH, GRID)
    )
    parts.append("</g>")
    return parts


def _name(name: str, y: int) -> str:
    shown = cut_title(name, NAME_MAX)
    is_rtl = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in shown)
    # in a text from right to left the end is on the left
    direction = ' direction="rtl" unicode-bidi="embed"' if is_rtl else ""
    anchor = "end" if is_rtl else "start"
    return _text(PAD, y, shown, anchor=anchor, more=direction)


def _marks(picture: Picture, scale: _Scale, bottom: int, words: Dict[str, str]) -> List[str]:
    """Return the lines at start and end, at the limits of late and early, and at the present
    time."""
    window, held = picture.observation.window, picture.observation.held
    parts = [
        _mark(scale.x(at), bottom, LINE, words[word])
        for at, word in ((window.start, "start"), (scale.stop, "stop"))
    ]
    if held is not None and picture.rows:
        late = held.start + picture.thresholds.late
        early = scale.stop - picture.thresholds.early
        if picture.now is None:
            early = held.stop - picture.thresholds.early
        for at, word in ((late, "late"), (early, "early")):
            if held.start < at < scale.stop:
                parts.append(_mark(scale.x(at), bottom, "#b26a00", words[word], dashed=True))
    if picture.now is not None and scale.start < picture.now < scale.stop:
        x = scale.x(picture.now)
        parts.append(_mark(x, bottom, "#c62828", words["now"]))
        parts.append(_text(x, HEAD - 8, words["now"], "middle", "#c62828", 11))
    return parts


def _legend(y: int, words: Dict[str, str], is_blind: bool) -> List[str]:
    """Return the legend. y: its base line, in the picture's units; is_blind: a part was not
    observed."""
    entries = [(BAR, words["there"]), (LEAD, words["before"])]
    if is_blind:
        entries.append(("url(#not-observed)", words["blind"]))
    entries.append(("", words["late"] + " / " + words["early"]))
    parts, x = [], NAMES
    for colour, word in entries:
        if colour:
            parts.append(
                '<rect x="{}" y="{}" width="16" height="10" fill="{}"/>'.format(x, y - 9, colour)
            )
        else:
            parts.append(
                '<line x1="{0}" y1="{1}" x2="{2}" y2="{1}" stroke="#b26a00"'
                ' stroke-width="1.5" stroke-dasharray="4 3"/>'.format(x, y - 4, x + 16)
            )
        parts.append(_text(x + 21, y, word, fill="#6c757d", size=11))
        x += 40 + 7 * len(word)
    return parts


def _told(picture: Picture, words: Dict[str, str]) -> str:
    """Return the picture in words, for screen readers."""
    window = picture.observation.window
    lines = [
        "%s–%s."
        % (
            picture.local(window.start).strftime("%H:%M"),
            picture.local(picture.stop).strftime("%H:%M"),
        )
    ]
    if not picture.rows:
        lines.append(words["none"])
    elif picture.observation.held is None:
        lines.append(words["no_call"])
    lines += [row.told or "%s: %s." % (row.name, row.status_word) for row in picture.rows]
    return " ".join(lines)


def _line(x: float, top: int, bottom: int, colour: str) -> str:
    return '<line x1="{0}" y1="{1}" x2="{0}" y2="{2}" stroke="{3}"/>'.format(x, top, bottom, colour)


def _mark(x: float, bottom: int, colour: str, told: str, dashed: bool = False) -> str:
    return (
        '<line x1="{0}" y1="{1}" x2="{0}" y2="{2}" stroke="{3}" stroke-width="1.5"{4}>'
        "<title>{5}</title></line>".format(
            x, HEAD - 4, bottom, colour, ' stroke-dasharray="4 3"' if dashed else "", _safe(told)
        )
    )


def _text(
    x: float,
    y: float,
    text: str,
    anchor: str = "start",
    fill: str = TEXT,
    size: int = 13,
    more: str = "",
) -> str:
    return '<text x="{}" y="{}" text-anchor="{}" fill="{}" font-size="{}"{}>{}</text>'.format(
        x, y, anchor, fill, size, more, _safe(text)
    )


def _safe(text: str) -> str:
    """Return the text for XML, which does not allow every character and not everywhere."""
    shown = (one for one in text if unicodedata.category(one) not in ("Cc", "Cs", "Cn"))
    return escape("".join(shown))
