"""Checks of rights that buttons share."""

from odoo import _
from odoo.exceptions import AccessError


def check_may_write(records):
    """Raise AccessError unless the user may write these records."""
    records.check_access_rights("write")
    records.check_access_rule("write")


def check_may_administer(records):
    """Raise AccessError unless the user is an administrator of Telegram who may write these
    records: a school's addon may let others write some of their fields."""
    check_may_write(records)
    if not (records.env.su or records.env.user.has_group("telegram_base.group_manager")):
        raise AccessError(_("Only an administrator of Telegram may do this."))
