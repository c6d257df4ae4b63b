"""The commands of a lesson after it has changed."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from rules.commands import CLOSE, OPEN, REMIND, Lesson, Settings, commands, key
from rules.revision import Row, revise

START = datetime(2026, 3, 2, 8, 0)
STOP = START + timedelta(hours=1)
LESSON = Lesson("small_school.lesson", 7, START, STOP)
OPENING, CLOSING = key(LESSON, OPEN), key(LESSON, CLOSE)
RUNNING = START + timedelta(minutes=20)


def rows(opened="done", closed="pending", minutes=0):
    """Return the rows of an opening and a close. minutes: from the opening until the close was
    done."""
    return {
        OPENING: Row(opened, None, START),
        CLOSING: Row(closed, OPENING, START + timedelta(minutes=minutes)),
    }


def revised(lesson, known, now):
    return revise(lesson, known, commands(lesson, Settings()), now)


def test_cancelled__a_call_that_runs_is_closed_now():
    change = revised(replace(LESSON, planned=False), rows(), RUNNING)
    assert (change.again, change.cancel, change.late) == ([CLOSING], [], [OPENING])


def test_cancelled__what_was_not_begun_is_taken_back():
    change = revised(replace(LESSON, planned=False), rows("pending"), RUNNING)
    assert (change.again, change.cancel) == ([], sorted([OPENING, CLOSING]))


@pytest.mark.parametrize(
    ("closed", "minutes", "once_more"),
    [("done", 5, True), ("done", -5, False), ("pending", 5, False)],
)
def test_planned_again__opened_once_more_if_it_was_closed_since(closed, minutes, once_more):
    change = revised(LESSON, rows("done", closed, minutes), RUNNING)
    assert change.once_more == ([OPENING, CLOSING] if once_more else [])
    assert revised(LESSON, rows("done", closed, minutes), STOP).once_more == []


def test_over__nothing_new_is_begun():
    assert revised(LESSON, {}, STOP).write == []
    assert [one.part for one in revised(LESSON, {}, RUNNING).write] == [OPEN, CLOSE]
    assert [one.part for one in revised(LESSON, {}, START).write] == [OPEN, CLOSE]
    early = START - timedelta(hours=1)
    assert [one.part for one in revised(LESSON, {}, early).write] == [REMIND, OPEN, CLOSE]


def test_ended_by_hand__the_close_comes_at_once_and_lets_nobody_talk_on():
    ended = replace(LESSON, stop=RUNNING)
    change = revised(ended, rows(), RUNNING)
    assert change.cancel == [CLOSING]
    assert change.ended == [key(ended, CLOSE)] == [one.key for one in change.write]
