from datetime import date, datetime, timedelta

import pytest
from classroom_rules.bigbluebutton import (
    DAY_FIRST,
    MONTH_FIRST,
    Limits,
    Person,
    Stay,
    duration,
    overlapping,
    proposed_times,
    read,
    stamp,
    status,
    stay,
)
from hypothesis import given
from hypothesis import strategies as st

ENGLISH = (
    "Name,Moderator,Activity Score,Talk Time,Webcam Time,Messages,Reactions,Poll Votes,"
    "Raise Hands,Join,Left,Duration"
)
FRENCH = (
    "Nom,Modérateur,Résultats pour l'activité,Temps de conversation,Temps de partage de caméra,"
    "Messages,Réactions,Votes du sondage,Mains levées,Rejoindre,Quitté,Duration"
)
UNKNOWN = ",".join("πρώτο δεύτερο c d e f g h i j k l".split())
ANONYMOUS = '"Anonymous"' + ',""' * 11


def row(name, joined, left, lasts="01:00:00", moderator="FALSE"):
    middle = '"2.5","00:01:00","-","3","0","0","1"'
    return '"%s","%s",%s,"%s","%s","%s"' % (name, moderator, middle, joined, left, lasts)


def file(header, *rows):
    return "\r\n".join([header, *rows, ANONYMOUS])


PM = "1/15/2026, 02:03:04\u202fPM"


def test_english_file():
    text = file(
        ENGLISH + ",What is 2,5?",
        row("Mme Roux", PM, "1/15/2026, 03:00:00 PM", "00:56:56", "TRUE") + ',"a"',
        row("Amina Zérouki", "1/15/2026, 02:10:00 PM", "-", "00:50:00") + ',"-"',
    )
    result = read(text)
    assert result.problems == ()
    at = datetime(2026, 1, 15, 14, 3, 4)
    assert result.people[0] == Person(
        2, "Mme Roux", True, at, at.replace(hour=15, minute=0, second=0), 3416
    )
    assert result.people[1].left is None


@pytest.mark.parametrize("header", [FRENCH, UNKNOWN])
def test_other_languages(header):
    text = file(header, row("Amina", "15/01/2026 14:03:04", "15/01/2026 15:00:00"))
    [person] = read(text).people
    assert person.joined == datetime(2026, 1, 15, 14, 3, 4)


def test_saved_again_by_a_french_spreadsheet():
    text = "\ufeff" + file(FRENCH, row("Amina", "15/01/2026 14:03", "15/01/2026 15:00"))
    [person] = read(text.replace(",", ";").replace("2;5", "2,5")).people
    assert person.joined == datetime(2026, 1, 15, 14, 3)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("15/01/2026 à 14:03:04", (2026, 1, 15, 14, 3, 4)),
        ("15.1.2026, 14:03:04", (2026, 1, 15, 14, 3, 4)),
        ("2026-01-15 14:03:04", (2026, 1, 15, 14, 3, 4)),
        ("2026. 1. 15. 14:03:04", (2026, 1, 15, 14, 3, 4)),
        ("15/01/2026, 02:03:04 pm", (2026, 1, 15, 14, 3, 4)),
        ("15/1/2026, 12:03:04 a.m.", (2026, 1, 15, 0, 3, 4)),
        ("\u200f١٥\u200f/\u200f١\u200f/\u200f٢٠٢٦ ٠٢:٠٣:٠٤ م", (2026, 1, 15, 14, 3, 4)),
        ("15/01/2026, 14:03", (2026, 1, 15, 14, 3, 0)),
    ],
)
def test_dates_of_many_browsers(text, at):
    assert stamp(text).at(DAY_FIRST) == datetime(*at)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "hier",
        "15/01",
        "15/01/1404, 14:03:04",
        "15/01/2026, 25:00:00",
        "45/45/2026, 10:00:00",
        "15/01/2026, 14:03:04 PM",
    ],
)
def test_dates_that_are_none(text):
    assert stamp(text) is None


def test_day_or_month__never_guessed():
    rows = row("Amina", "3/4/2026, 14:00:00", "3/4/2026, 15:00:00")
    text = file(ENGLISH, rows)
    [problem] = read(text).problems
    assert (problem.line, problem.code) == (2, "order")
    assert read(text, MONTH_FIRST).people[0].joined == datetime(2026, 3, 4, 14)
    assert read(text, DAY_FIRST).people[0].joined == datetime(2026, 4, 3, 14)
    # the day in the file's name tells
    assert read(text, None, date(2026, 3, 4)).people[0].joined == datetime(2026, 3, 4, 14)
    assert read(text, None, date(2026, 4, 3)).people[0].joined == datetime(2026, 4, 3, 14)
    assert read(text, None, date(2027, 1, 1)).problems
    # and so does one date of the file that can only be read one way
    other = row("Bilal", "3/14/2026, 14:00:00", "-")
    assert read(file(ENGLISH, rows, other)).people[0].joined.month == 3
    same = file(ENGLISH, row("Amina", "4/4/2026, 14:00:00", "-"))
    assert read(same).people[0].joined == datetime(2026, 4, 4, 14)


def test_problems__are_said_by_line_and_the_rest_is_read():
    good = row("Amina", "15/01/2026 14:00:00", "15/01/2026 15:00:00")
    result = read(
        file(
            FRENCH,
            row("", "15/01/2026 14:00:00", "-"),
            good,
            row("A", "demain", "-"),
            row("B", "15/01/2026 14:00:00", "15/01/2026 13:00:00"),
            row("C", "15/01/2026 14:00:00", "-", "une heure"),
        )
    )
    assert [(one.line, one.code) for one in result.problems] == [
        (2, "no_name"),
        (4, "bad_date"),
        (5, "backwards"),
        (6, "bad_duration"),
    ]
    assert [one.name for one in result.people] == ["Amina"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "no_rows"),
        (ENGLISH, "no_rows"),
        ("a,b,c\n1,2,3", "no_columns"),
        ("\x89PNG\0", "no_columns"),
    ],
)
def test_not_such_a_file(text, code):
    assert [one.code for one in read(text).problems] == [code]


def test_names__with_commas_quotes_and_answers_over_lines():
    rows = [
        row("Dupont, Jean", "15/01/2026 14:00:00", "-"),
        row('Jean "JJ" Martin', "15/01/2026 14:00:00", "-"),
        row("محمد", "15/01/2026 14:00:00", "-"),
    ]
    text = FRENCH + "\r\n" + "\r\n".join(rows) + '\r\n"Anonyme"' + ',""' * 11 + ',"a\r\nb"\r\n'
    names = [one.name for one in read(text).people]
    assert names[0] == "Dupont, Jean"
    assert "JJ" in names[1] and "Martin" in names[1]
    assert names[2] == "محمد"


def test_duration():
    assert duration("01:02:03") == 3723
    for text in ("-", "", "1:2:3", "00:61:00", "une heure"):
        assert duration(text) is None


T0 = datetime(2026, 1, 15, 14)


def person(joined, left, seconds=None, moderator=False):
    minute = timedelta(minutes=1)
    end = None if left is None else T0 + left * minute
    lasts = 60 * ((left or 60) - joined) if seconds is None else seconds
    return Person(2, "A", moderator, T0 + joined * minute, end, lasts)


def test_times__are_the_students_not_the_teacher_s():
    people = [person(-40, 90, moderator=True), person(-3, 61), person(2, 58), person(5, None)]
    assert proposed_times(people) == (T0, T0 + timedelta(minutes=60))


def test_stay__two_devices_are_one_person():
    found = stay([person(0, 30), person(20, None)], T0 + timedelta(minutes=60))
    assert found == Stay(T0, T0 + timedelta(minutes=60), 3600)


@pytest.mark.parametrize(
    ("joined", "left", "seconds", "expected"),
    [
        (-5, 62, None, ("present", 60)),
        (10, 60, None, ("present", 50)),
        (11, 60, None, ("late", 49)),
        (0, 45, None, ("left_early", 45)),
        (0, 60, 600, ("partial", 10)),
        (-30, -10, None, ("absent", 0)),
        (70, 80, None, ("absent", 0)),
    ],
)
def test_status(joined, left, seconds, expected):
    one = stay([person(joined, left, seconds)], T0)
    assert status([one], T0, T0 + timedelta(minutes=60), Limits()) == expected


moments = st.integers(-120, 240)


@given(moments, moments, st.integers(0, 20000), st.integers(1, 180))
def test_minutes__never_exceed_the_lesson(joined, left, seconds, length):
    joined, left = sorted((joined, left))
    one = stay([person(joined, left, seconds)], T0)
    found, minutes = status([one], T0, T0 + timedelta(minutes=length), Limits())
    assert 0 <= minutes <= length
    assert (minutes == 0) <= (found in ("absent", "partial"))


def parts(*spans):
    return [stay([person(*one)], T0) for one in spans]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(0, 25), (30, 60)], ("present", 55)),  # back after the restart
        ([(0, 25)], ("partial", 25)),  # not back
        ([(20, 25), (30, 60)], ("late", 35)),
        ([(0, 40), (20, 60)], ("present", 60)),  # in both at once: once
        ([(0, 30), (70, 90)], ("present", 30)),  # the second one was after the lesson
    ],
)
def test_status__of_a_meeting_that_was_restarted(spans, expected):
    assert status(parts(*spans), T0, T0 + timedelta(minutes=60), Limits()) == expected


@given(
    st.lists(st.tuples(moments, moments, st.integers(0, 9000)), min_size=1, max_size=4), st.data()
)
def test_status__of_several_files(rows, data):
    """In any order the same; never more than the lesson; one more never makes it less."""
    stays = parts(*[(min(a, b), max(a, b), seconds) for a, b, seconds in rows])
    window = (T0, T0 + timedelta(minutes=60), Limits())
    whole = status(stays, *window)
    assert status(data.draw(st.permutations(stays)), *window) == whole
    assert 0 <= whole[1] <= 60
    assert status(stays[:-1], *window)[1] <= whole[1] if stays[1:] else True


def test_overlapping__files_of_one_subject_at_the_same_time_are_one_lesson():
    def at(minutes):
        return T0 + timedelta(minutes=minutes)

    lessons = [
        ("A", at(0), at(30)),
        ("A", at(45), at(60)),
        ("A", at(15), at(50)),
        ("A", at(60), at(120)),  # the next lesson, as it seems
        ("B", at(0), at(60)),
    ]
    first, after, other = (at(0), at(60)), (at(60), at(120)), (at(0), at(60))
    assert overlapping(lessons) == [first, first, first, after, other]
    assert overlapping([]) == []


@given(st.text(max_size=300))
def test_read__any_text_is_read_or_refused(text):
    found = read(text)
    assert found.people or found.problems


def _with_answer(name, answer):
    return row(name, "15/01/2026 10:00:00", "15/01/2026 11:00:00") + ',"%s"' % answer


@given(
    st.lists(
        st.text(alphabet="a\"',;\n", max_size=6).filter(lambda text: text.count("\n") < 2),
        min_size=1,
        max_size=6,
    )
)
def test_answers__whatever_was_typed_in_them_swallow_nobody(answers):
    names = ["Élève %s" % number for number in range(len(answers))]
    rows = [_with_answer(name, answer) for name, answer in zip(names, answers)]
    found = read(file(FRENCH + ",Angle ?", *rows), DAY_FIRST)
    assert [one.name for one in found.people if one.name in names] == names
