from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from rules.departures import MOST, WITHIN, crowd

NOW = datetime(2026, 3, 2, 9)


def gone(*minutes):
    return {who: NOW + timedelta(minutes=one) for who, one in enumerate(minutes)}


def test_fifteen_of_thirty__all_of_them():
    assert crowd(NOW, gone(*[0] * 15), 30) == set(range(15))


def test_five__one_by_one():
    assert not crowd(NOW, gone(*[0] * 5), 30)


def test_six_of_sixty__a_tenth_is_not_more_than_a_tenth():
    assert not crowd(NOW, gone(*[0] * 6), 60)
    assert len(crowd(NOW, gone(*[0] * 6), 59)) == 6


def test_those_of_an_hour_before_are_others():
    departures = gone(-60, 0, 1, 2, 3, 4, 10)
    assert crowd(NOW, departures, 30) == {1, 2, 3, 4, 5, 6}
    assert not crowd(NOW - timedelta(hours=1), departures, 30)
    assert not crowd(NOW, gone(0, 1, 2, 3, 4, 11), 30)


times = st.lists(st.integers(-3600, 3600), max_size=30)


@given(times, st.integers(0, 300), st.data())
def test_who_is_held_went_within_the_time_of_the_one_who_asks(seconds, people, data):
    departures = {who: NOW + timedelta(seconds=one) for who, one in enumerate(seconds)}
    at = data.draw(st.sampled_from(sorted(departures.values()) or [NOW]))
    found = crowd(at, departures, people)
    assert not found or len(found) > MOST
    assert all(abs(departures[who] - at) <= WITHIN for who in found)


@given(times, st.integers(0, 300))
def test_whoever_is_held_is_held_whichever_of_them_asks(seconds, people):
    departures = {who: NOW + timedelta(seconds=one) for who, one in enumerate(seconds)}
    for who, at in departures.items():
        for other in crowd(at, departures, people):
            assert who in crowd(departures[other], departures, people)


@given(times, st.integers(0, 300), st.integers(-3600, 3600))
def test_one_more_who_goes_lets_nobody_out_of_the_crowd(seconds, people, more):
    departures = {who: NOW + timedelta(seconds=one) for who, one in enumerate(seconds)}
    bigger = dict(departures, more=NOW + timedelta(seconds=more))
    for at in departures.values():
        assert crowd(at, departures, people) <= crowd(at, bigger, people)
