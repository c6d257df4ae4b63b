"""Budgets: never more than is wise in any span, never idle longer than needed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from telegram_gateway.core.budget import Budget

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
budgets = st.builds(Budget, most=st.integers(1, 5), per=st.just(MINUTE))
pauses = st.lists(st.integers(0, 90).map(lambda s: timedelta(seconds=s)), max_size=30)


def test_budget__spent_is_free_when_the_oldest_use_is_old_enough():
    budget = Budget(most=2, per=MINUTE).use(NOW).use(NOW + timedelta(seconds=10))
    assert budget.free_at(NOW + timedelta(seconds=20)) == NOW + MINUTE


def test_budget__of_nothing_is_not_free_within_the_span():
    assert Budget(most=0, per=MINUTE).free_at(NOW) == NOW + MINUTE


@given(budgets, pauses)
def test_no_span_holds_more_uses_than_allowed(budget, pauses):
    now, uses = NOW, []
    for pause in pauses:
        now = budget.free_at(now + pause)
        budget = budget.use(now)
        uses.append(now)
    for begins in uses:
        assert sum(begins <= use < begins + budget.per for use in uses) <= budget.most


@given(budgets, pauses)
def test_free_at_keeps_its_word(budget, pauses):
    now = NOW
    for pause in pauses:
        now += pause
        free = budget.free_at(now)
        assert now <= free <= now + budget.per
        assert budget.free_at(free) == free
        budget = budget.use(free)
        now = free


@given(budgets, pauses)
def test_what_is_remembered_stays_small(budget, pauses):
    now = NOW
    for pause in pauses:
        now = budget.free_at(now + pause)
        budget = budget.use(now)
    assert len(budget.used) <= budget.most
