"""When the cron looks at a lesson again by itself."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from rules.commands import Lesson, Settings
from rules.looks import next_look

START = datetime(2026, 3, 9, 9, 0)
LESSON = Lesson("school.lesson", 7, START, START + timedelta(hours=1))
SETTINGS = Settings()


def look(at, is_final=False, has_visitors=False, lesson=LESSON):
    return next_look(lesson, SETTINGS, at, is_final, has_visitors)


def before(**ago):
    return START - timedelta(**ago)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (before(days=30), before(days=7)),  # it comes within the horizon
        (before(days=5), before(days=1)),  # whoever opens the call by hand is asked
        (before(hours=3), before(minutes=15)),  # its reminder
        (before(minutes=10), before(minutes=10)),  # at each run
        (before(minutes=-30), before(minutes=-30)),
        (before(hours=-5), before(hours=-5)),  # its sheet is not final yet
    ],
)
def test_next_look__of_a_lesson_that_is_held(now, then):
    assert look(now) == then


def test_next_look__nothing_is_to_come():
    assert look(before(hours=-2), is_final=True) is None
    assert look(before(hours=1), lesson=replace(LESSON, planned=False)) is None
    assert look(before(hours=1), lesson=None) is None


def test_next_look__of_a_sheet_that_is_final_before_the_end():
    assert look(before(minutes=-30), is_final=True) == before(minutes=-30)


def test_next_look__whoever_belongs_for_this_lesson_only_comes_and_goes():
    assert look(before(hours=5), has_visitors=True) == before(hours=2)
    assert look(before(hours=-2), is_final=True, has_visitors=True) == before(hours=-2)
    assert look(before(hours=-4), is_final=True, has_visitors=True) is None
