"""Rules for excuses: the absences that may be excused, and the documents that are accepted."""

import base64
import binascii
from datetime import date, timedelta
from typing import Optional, Union

#: The largest document, in bytes; the longest reason, in characters.
LARGEST = 5 * 1024**2
LONGEST_REASON = 2000
#: The most days that one excuse covers, and how many days ago the last of them may be.
MOST_DAYS = 100
OLDEST_DAYS = 60

TOO_BIG, WRONG_TYPE = "too_big", "wrong_type"
NO_REASON, LONG_REASON = "no_reason", "long_reason"
NO_DAYS, WRONG_ORDER, TOO_LONG, TOO_OLD = "no_days", "wrong_order", "too_long", "too_old"

_BEGINNINGS = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
)


def media_type(content: bytes) -> Optional[str]:
    """Return the type of a file by its first bytes, whatever its name; None if it is not
    accepted."""
    return next((found for begins, found in _BEGINNINGS if content.startswith(begins)), None)


def document_fault(encoded: Union[str, bytes]) -> Optional[str]:
    """Return the code that says why a document (in base64) is refused; None if it is accepted."""
    try:
        content = base64.b64decode(encoded)
    except binascii.Error:
        return WRONG_TYPE
    if len(content) > LARGEST:
        return TOO_BIG
    return None if media_type(content) else WRONG_TYPE


def fault(
    first: Optional[date], last: Optional[date], reason: Optional[str], today: date
) -> Optional[str]:
    """Return the code that says why an absence from `first` to `last` (both included) cannot be
    excused; None if it can."""
    text = (reason or "").strip()
    if not text:
        return NO_REASON
    if len(text) > LONGEST_REASON:
        return LONG_REASON
    if first is None or last is None:
        return NO_DAYS
    if last < first:
        return WRONG_ORDER
    if (last - first).days >= MOST_DAYS:
        return TOO_LONG
    if last < today - timedelta(days=OLDEST_DAYS):
        return TOO_OLD
    return None
