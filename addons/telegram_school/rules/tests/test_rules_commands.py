"""The lesson's clock: which commands, when, under which keys."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules.commands import (
    Lesson,
    Settings,
    closed_before,
    commands,
    diff,
    is_close_of,
    key,
    prefix,
    prefix_of,
    start_of,
)

START = datetime(2026, 3, 2, 8, 0)
STOP = datetime(2026, 3, 2, 9, 0)
STEP = timedelta(minutes=1)
LESSON = Lesson("small_school.lesson", 7, START, STOP)

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
settings = st.builds(Settings, minutes, minutes, st.booleans())


def test_commands__defaults():
    result = commands(LESSON, Settings())
    assert [(c.part, c.kind, c.due_at, c.expires_at, c.priority) for c in result] == [
        ("remind", "send", datetime(2026, 3, 2, 7, 45), START, 30),
        ("open", "open_call", datetime(2026, 3, 2, 7, 55), STOP, 10),
        ("close", "close_call", STOP, None, 10),
    ]
    assert [c.key for c in result] == [
        "lesson:small_school.lesson:7:2026-03-02T08:00:00Z:remind",
        "lesson:small_school.lesson:7:2026-03-02T08:00:00Z:open",
        "lesson:small_school.lesson:7:2026-03-02T08:00:00Z/2026-03-02T09:00:00Z:close",
    ]


@given(lessons, st.sampled_from(["", "private:", "by_hand:"]))
def test_prefix_of__a_key_is_what_was_before_it_and_the_lessons_prefix(lesson, before):
    mine = before + prefix(lesson.model, lesson.id)
    assert prefix_of(mine + "2026-03-02T08:00:00Z:remind:17") == mine


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


def test_announced__with_the_reminder_until_the_call_opens():
    by_part = {c.part: c for c in commands(LESSON, Settings(is_announced=True))}
    announcement = by_part["announce"]
    assert (announcement.kind, announcement.due_at, announcement.expires_at) == (
        "announce_call",
        by_part["remind"].due_at,
        by_part["open"].due_at,
    )
    assert announcement.key == "lesson:small_school.lesson:7:2026-03-02T08:00:00Z:announce"
    # Telegram takes no more than 8 days
    far = Settings(timedelta(days=20), timedelta(minutes=5), True)
    due = {c.part: c.due_at for c in commands(LESSON, far)}
    assert due["announce"] == START - timedelta(days=7)


@pytest.mark.parametrize(("reminder", "opening"), [(0, 5), (15, 0), (5, 5), (5, 15)])
def test_announced__only_before_the_call_opens_by_itself(reminder, opening):
    times = (timedelta(minutes=reminder), timedelta(minutes=opening))
    found = commands(LESSON, Settings(*times, is_announced=True))
    assert "announce" not in [c.part for c in found]


def test_start_of__names_the_start_whatever_the_part():
    keys = [key(LESSON, part) for part in ("remind", "close", "report", "withdraw")]
    assert {start_of(one) for one in keys} == {START}
    assert start_of("lesson:small_school.lesson:7:x:open") is None
    assert start_of("notice:3") is None


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
    # the end is another one: it is closed again even if it was closed already
    assert prolonged.cancel == [key(LESSON, "close")]
    assert {c.expires_at for c in prolonged.write if c.part == "open"} == {STOP + hour}
    cancelled = diff(old, commands(Lesson(LESSON.model, 7, START, STOP, False), Settings()))
    assert cancelled == (sorted(old), [])


def test_opened_by_hand__before_its_time_and_without_a_lead_time():
    early = replace(LESSON, opens_at=START - timedelta(minutes=40))
    by_part = {c.part: c for c in commands(early, Settings())}
    assert by_part["open"].due_at == START - timedelta(minutes=40)
    assert by_part["open"].key == key(LESSON, "open"), "the same opening, only earlier"
    assert by_part["remind"].due_at == START - timedelta(minutes=15)
    off = Settings(opening=timedelta(0))
    assert [c.part for c in commands(early, off)] == ["open", "remind", "close"]
    late = replace(LESSON, opens_at=START + timedelta(minutes=3))
    assert {c.part: c for c in commands(late, Settings())}["open"].due_at == START - timedelta(
        minutes=5
    )


def test_prolonged_after_its_close__opened_and_closed_again():
    longer = replace(LESSON, stop=STOP + timedelta(minutes=10))
    done = [key(LESSON, "close"), key(replace(LESSON, id=8, stop=STOP - STEP), "close")]
    again = replace(longer, closed_at=closed_before(longer, done))
    assert again.closed_at == STOP
    old, new = ({c.part: c.key for c in commands(one, Settings())} for one in (LESSON, again))
    assert new["open"] != old["open"] and new["close"] != old["close"]
    assert new["remind"] == old["remind"]
    # once more while it runs: the running call stays the one of that opening
    longest = replace(again, stop=STOP + timedelta(minutes=20))
    assert closed_before(longest, [*done, key(longest, "close")]) == STOP
    assert key(longest, "open") == new["open"]
    assert key(longest, "close") != new["close"]


def test_closed_before__own_end_later_ends_and_other_lessons_do_not_count():
    keys = [key(LESSON, "close"), key(LESSON, "report"), key(replace(LESSON, id=77), "close")]
    keys.append(key(replace(LESSON, start=START - STEP, stop=STOP - STEP), "close"))
    assert closed_before(LESSON, keys) is None
    assert closed_before(replace(LESSON, stop=STOP - STEP), keys) is None
    assert closed_before(LESSON, []) is None


def test_is_close_of__any_end_of_this_start():
    assert is_close_of(replace(LESSON, stop=STOP + STEP), key(LESSON, "close"))
    assert not is_close_of(LESSON, key(LESSON, "report"))
    assert not is_close_of(LESSON, key(replace(LESSON, start=START + STEP), "close"))
    assert not is_close_of(LESSON, key(replace(LESSON, closed_at=START + STEP), "open"))


@given(lessons, st.lists(minutes, max_size=4))
def test_the_opening_of_a_close_is_always_before_its_end(lesson, ends):
    closed = [key(replace(lesson, stop=lesson.start + end), "close") for end in ends]
    again = replace(lesson, closed_at=closed_before(lesson, closed))
    assert again.closed_at is None or again.closed_at < lesson.stop
    assert key(again, "close") == key(lesson, "close")
    assert (key(again, "open") == key(lesson, "open")) == (again.closed_at is None)


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
        plan = Lesson("x.lesson", 1, lesson.start, lesson.stop, lesson.planned)
        change = diff(written, commands(plan, settings_))
        for gone in change.cancel:
            del written[gone]
        written.update((c.key, c) for c in change.write)
        assert list(written.values()) == commands(plan, settings_) or set(written.values()) == set(
            commands(plan, settings_)
        )
