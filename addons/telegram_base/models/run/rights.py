"""Checks of rights that buttons share."""


def check_may_write(records):
    """Raise AccessError unless the user may write these records."""
    records.check_access_rights("write")
    records.check_access_rule("write")
