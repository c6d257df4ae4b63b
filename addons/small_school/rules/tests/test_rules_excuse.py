import base64
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classroom_rules import excuse as rules

TODAY = date(2026, 3, 10)
DAY = timedelta(days=1)
PDF, PNG, JPEG = b"%PDF-1.4 x", b"\x89PNG\r\n\x1a\nx", b"\xff\xd8\xff\xe0x"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (PDF, None),
        (PNG, None),
        (JPEG, None),
        (b"", rules.WRONG_TYPE),
        (b"<html>%PDF-", rules.WRONG_TYPE),
        (b"MZ\x90", rules.WRONG_TYPE),
        (PDF + b"x" * rules.LARGEST, rules.TOO_BIG),
        (PDF.ljust(rules.LARGEST, b"x"), None),
    ],
)
def test_document(content, fault):
    assert rules.document_fault(base64.b64encode(content)) == fault


def test_document__that_is_no_base64():
    assert rules.document_fault("a") == rules.WRONG_TYPE


@pytest.mark.parametrize(
    ("first", "last", "reason", "fault"),
    [
        (TODAY, TODAY, "fever", None),
        (TODAY + 30 * DAY, TODAY + 32 * DAY, "voyage", None),
        (TODAY, TODAY, " \n", rules.NO_REASON),
        (TODAY, TODAY, None, rules.NO_REASON),
        (TODAY, TODAY, "x" * (rules.LONGEST_REASON + 1), rules.LONG_REASON),
        (None, TODAY, "fever", rules.NO_DAYS),
        (TODAY, None, "fever", rules.NO_DAYS),
        (TODAY, TODAY - DAY, "fever", rules.WRONG_ORDER),
        (TODAY, TODAY + rules.MOST_DAYS * DAY, "fever", rules.TOO_LONG),
        (TODAY, TODAY + (rules.MOST_DAYS - 1) * DAY, "fever", None),
        (TODAY - 90 * DAY, TODAY - rules.OLDEST_DAYS * DAY, "fever", None),
        (TODAY - 90 * DAY, TODAY - (rules.OLDEST_DAYS + 1) * DAY, "fever", rules.TOO_OLD),
    ],
)
def test_fault(first, last, reason, fault):
    assert rules.fault(first, last, reason, TODAY) == fault


@given(st.binary(max_size=64))
def test_only_known_beginnings_are_taken(content):
    known = content.startswith((b"%PDF-", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))
    assert (rules.media_type(content) is not None) == known
