from dataclasses import replace
from datetime import datetime, timedelta
from xml.etree import ElementTree

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st
from rules.attendance import Thresholds
from rules.intervals import Observation, Presence, Window
from rules.spans import Span
from rules.timeline import HEAD, NAMES, PLOT, WIDTH, Picture, Row, draw, ticks

T0 = datetime(2026, 3, 2, 9, 0)
SVG = "{http://www.w3.org/2000/svg}"


def at(minutes):
    return T0 + timedelta(minutes=minutes)


def local(zone="Europe/Paris"):
    tz = pytz.timezone(zone)
    return lambda one: pytz.utc.localize(one).astimezone(tz)


def lesson(rows, blind=(), now=None, until=60, held=True, **more):
    window = Window(T0, at(until))
    room = Span(T0, at(until)) if held else None
    return Picture(Observation(window, room, tuple(blind)), at(60), rows, local(), now=now, **more)


def row(name="Amina", *spans, **more):
    there = tuple(Span(at(start), at(stop)) for start, stop in spans)
    return Row(name, "present", "Présent", Presence(there), **more)


def tree(picture):
    return ElementTree.fromstring(draw(picture))


def bars(root, fill="#2f6ea5"):
    found = root.iter(SVG + "rect")
    return [one for one in found if one.get("fill") == fill and one.get("rx")]


def texts(root):
    return [one.text for one in root.iter(SVG + "text")]


def test_bar__lies_where_the_person_was():
    [bar] = bars(tree(lesson([row("Amina", (0, 30))])))
    assert float(bar.get("x")) == NAMES
    assert float(bar.get("width")) == PLOT / 2


def test_lead_in__is_drawn_apart_and_moves_the_start():
    root = tree(lesson([row("Amina", (-10, 60))]))
    [before], [bar] = bars(root, "#9dbfdd"), bars(root)
    assert float(before.get("x")) == NAMES
    assert float(bar.get("x")) == pytest.approx(NAMES + PLOT / 7, abs=0.1)


def test_not_observed__is_hatched_on_every_row():
    root = tree(lesson([row("A"), row("B")], blind=[Span(at(10), at(20))]))
    assert len(bars(root, "url(#not-observed)")) == 2
    assert root.find(SVG + "defs") is not None
    assert "not observed" in texts(root)


def test_listeners_hidden__are_hatched_where_they_were_not_seen():
    picture = lesson([row("A", (0, 60)), row("B", (0, 15)), row("C")])
    seen = replace(picture.observation, hidden=(Span(at(10), at(20)),))
    root = tree(replace(picture, observation=seen))
    widths = [float(one.get("width")) for one in bars(root, "url(#not-observed)")]
    assert widths == pytest.approx([PLOT / 12, PLOT / 6], abs=0.1)
    assert "not observed" in texts(root)


def test_hours__are_the_classroom_s():
    assert [word for _at, word in ticks(T0, at(60), local())][:2] == ["10:00", "10:10"]
    # half an hour beside the full hour, and a start that is no round time
    words = [word for _at, word in ticks(at(7), at(57), local("Asia/Kolkata"))]
    assert words[0] == "14:40"
    assert len(ticks(T0, T0 + timedelta(hours=24), local())) <= 9


def test_marks__late_and_early_follow_the_thresholds():
    rules = Thresholds(50, timedelta(minutes=15), timedelta(minutes=6))
    root = tree(lesson([row()], thresholds=rules))
    dashed = [one for one in root.iter(SVG + "line") if one.get("stroke-dasharray")]
    places = [float(one.get("x1")) for one in dashed if one.find(SVG + "title") is not None]
    assert places == [NAMES + PLOT / 4, NAMES + PLOT * 0.9]


def test_live__shows_where_it_stands_and_the_whole_lesson():
    root = tree(lesson([row("Amina", (0, 15))], now=at(15), until=15))
    assert "now" in texts(root)
    [bar] = bars(root)
    assert float(bar.get("width")) == PLOT / 4


def test_no_call_and_nobody__are_said():
    assert "There was no call." in texts(tree(lesson([row()], held=False)))
    assert "Nobody is on the sheet." in texts(tree(lesson([])))


def test_names__arabic_long_and_hostile():
    arabic = "محمد بن عبد الرحمن"
    long = "Marie-Hélène Élisabeth de La Rochefoucauld d'Estissac"
    root = tree(lesson([row(arabic), row(long), row('<script>"&\x00')]))
    [name] = [one for one in root.iter(SVG + "text") if one.text == arabic]
    assert (name.get("direction"), name.get("text-anchor")) == ("rtl", "end")
    assert any(text.endswith("…") and text.startswith("Marie-Hélène") for text in texts(root))
    # screen readers get the whole name
    assert long in "".join(root.find(SVG + "desc").itertext())


def test_told__everybody_in_a_sentence():
    root = tree(lesson([row("Amina", (0, 60), told="Amina: present from 10:00 to 11:00.")]))
    assert root.get("role") == "img"
    assert root.get("aria-label") == "Timeline of the lesson"
    assert root.find(SVG + "desc").text == "10:00–11:00. Amina: present from 10:00 to 11:00."


names = st.text(max_size=60)
spans = st.lists(
    st.tuples(st.integers(-40, 80), st.integers(0, 50)).map(lambda one: (one[0], sum(one))),
    max_size=4,
)


@given(st.lists(st.tuples(names, spans), max_size=4), spans, st.booleans(), st.integers(0, 90))
def test_picture__is_whole_and_stays_inside(people, blind, held, now):
    rows = [row(name, *sorted(there)) for name, there in people]
    gone = [Span(at(start), at(stop)) for start, stop in blind]
    root = tree(lesson(rows, blind=gone, held=held, now=at(now), until=now))
    for rect in root.iter(SVG + "rect"):
        if rect.get("rx"):
            left = float(rect.get("x"))
            assert NAMES <= left and left + float(rect.get("width")) <= NAMES + PLOT + 1.5
            assert float(rect.get("y")) >= HEAD
    assert root.get("viewBox").split()[2] == str(WIDTH)
