"""Strangers in groups: removal, or a question to a person."""

import itertools

import pytest
from telegram_base_rules.strangers import ASK, PUT_OUT, fate

BOTH = (False, True)


@pytest.mark.parametrize(
    ("admitted", "known", "unlogged", "expected"),
    [
        pytest.param(True, True, False, ASK, id="a teacher let them in"),
        pytest.param(False, True, False, PUT_OUT, id="a student added them, or they took a link"),
        pytest.param(False, False, True, PUT_OUT, id="the log names nobody"),
        pytest.param(False, False, False, ASK, id="nothing could be read"),
    ],
)
def test_fate__in_a_group_of_ours(admitted, known, unlogged, expected):
    assert fate(PUT_OUT, True, admitted, known, unlogged) == expected


@pytest.mark.parametrize(
    ("rule", "is_ours"),
    [
        pytest.param(ASK, True, id="a class of adults"),
        pytest.param(PUT_OUT, False, id="a group that was there before"),
        pytest.param(ASK, False, id="both"),
    ],
)
def test_fate__nobody_is_put_out_elsewhere(rule, is_ours):
    for admitted, known, unlogged in itertools.product(BOTH, BOTH, BOTH):
        assert fate(rule, is_ours, admitted, known, unlogged) == ASK
