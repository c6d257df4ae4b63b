"""The lesson's clock: which commands, when, under which keys."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules.commands import Lesson, Settings, commands, diff, key

START = datetime(2026, 3, 2, 8, 0)
STOP = datetime(2026, 3, 2, 9, 0)
LESSON = Lesson("classroom.lesson", 7, START, STOP)

minutes = st.integers(-5, 120).map(lambda n: timedelta(minutes=n))
lessons = st.builds(
    lambda record_id, start, length, planned: Lesson(
        "x.lesson", record_id, START + start, START + start + length, planned
    ),
    st.integers(1, 3),
    minutes,
    minutes,
    st.booleans(),
)
settings = st.builds(Settings, minutes, minutes)


def test_commands__defaults():
    found = commands(LESSON, Settings())
    assert [(c.part, c.kind, c.due_at, c.expires_at, c.priority) for c in found] == [
        ("remind", "send", datetime(2026, 3, 2, 7, 45), START, 30),
        ("open", "open_call", datetime(2026, 3, 2, 7, 55), STOP, 10),
        ("close", "close_call", STOP, None, 10),
    ]
    assert [c.key for c in found] == [
        "lesson:classroom.lesson:7:2026-03-02T08:00:00Z:remind",
        "lesson:classroom.lesson:7:2026-03-02T08:00:00Z:open",
        "lesson:classroom.lesson:7:2026-03-02T08:00:00Z:close",
    ]


@pytest.mark.parametrize(
    ("lesson", "settings_", "parts"),
    [
        (LESSON, Settings(reminder=timedelta(0)), ["open", "close"]),
        (LESSON, Settings(opening=timedelta(0)), ["remind", "close"]),
        (LESSON, Settings(timedelta(0), timedelta(0)), ["close"]),
        (Lesson("m", 1, START, STOP, planned=False), Settings(), []),
        (Lesson("m", 1, START, START), Settings(), []),
        (Lesson("m", 1, STOP, START), Settings(), []),
    ],
    ids=["no-reminder", "no-opening", "only-close", "cancelled", "empty", "backwards"],
)
def test_commands__parts(lesson, settings_, parts):
    assert [c.part for c in commands(lesson, settings_)] == parts


def test_key__report_and_zone():
    assert key(LESSON, "report").endswith("Z:report")
    aware = Lesson("m", 1, START.replace(tzinfo=timezone.utc), STOP)
    with pytest.raises(ValueError):
        commands(aware, Settings())


def test_diff__moved_prolonged_cancelled():
    old = [c.key for c in commands(LESSON, Settings())]
    hour = timedelta(hours=1)
    moved = diff(old, commands(Lesson(LESSON.model, 7, START + hour, STOP + hour), Settings()))
    assert moved.cancel == sorted(old)
    assert len(moved.write) == 3
    prolonged = diff(old, commands(Lesson(LESSON.model, 7, START, STOP + hour), Settings()))
    assert prolonged.cancel == []
    assert {c.expires_at for c in prolonged.write if c.part == "open"} == {STOP + hour}
    cancelled = diff(old, commands(Lesson(LESSON.model, 7, START, STOP, False), Settings()))
    assert cancelled == (sorted(old), [])


@given(lessons, settings)
def test_commands_are_in_time(lesson, settings_):
    found = commands(lesson, settings_)
    assert len({c.key for c in found}) == len(found)
    for command in found:
        assert command.due_at <= lesson.stop
        assert command.expires_at is None or command.due_at < command.expires_at <= lesson.stop


@given(st.lists(lessons, min_size=1, max_size=6), settings)
def test_diff_leads_from_any_history_to_the_last_plan(history, settings_):
    written = {}
    for lesson in history:
        one = Lesson("x.lesson", 1, lesson.start, lesson.stop, lesson.planned)
        change = diff(written, commands(one, settings_))
        for gone in change.cancel:
            del written[gone]
        written.update((c.key, c) for c in change.write)
        assert list(written.values()) == commands(one, settings_) or set(written.values()) == set(
            commands(one, settings_)
        )
