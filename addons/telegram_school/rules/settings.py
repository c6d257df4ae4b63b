"""The settings of a class: their names on the school's record, and on the chat that holds them."""

from typing import Any, Dict, Tuple

#: Field of the school's record → field of `telegram.chat`.
FIELDS = {
    "telegram_enabled": "is_wanted",
    "telegram_reminder_minutes": "reminder_minutes",
    "telegram_open_minutes": "open_minutes",
    "telegram_grace_minutes": "grace_minutes",
    "telegram_mute_newcomers": "mute_newcomers",
    "telegram_announce": "announce",
    "telegram_record": "record",
    "telegram_late_minutes": "late_minutes",
    "telegram_early_minutes": "early_minutes",
    "telegram_partial_percent": "partial_percent",
    "telegram_bridge_seconds": "bridge_seconds",
    "telegram_notices": "notices",
    "telegram_report": "report",
    "telegram_report_pdf": "report_pdf",
    "telegram_notice_enrolled": "notice_enrolled",
    "telegram_notice_unenrolled": "notice_unenrolled",
    "telegram_notice_teachers": "notice_teachers",
    "telegram_notice_renamed": "notice_renamed",
    "telegram_notice_welcome": "notice_welcome",
    "telegram_notice_reminder": "notice_reminder",
    "telegram_notice_opened": "notice_opened",
    "telegram_notice_moved": "notice_moved",
    "telegram_notice_cancelled": "notice_cancelled",
    "telegram_notice_report": "notice_report",
    "telegram_notice_absence": "notice_absence",
    "telegram_quiet": "quiet",
    "telegram_quiet_from": "quiet_from",
    "telegram_quiet_until": "quiet_until",
    "telegram_stranger_policy": "stranger_policy",
    "telegram_history_policy": "history_policy",
    "telegram_join_policy": "join_policy",
    "telegram_leave_policy": "leave_policy",
    "telegram_title_policy": "title_policy",
    "telegram_promotion_policy": "promotion_policy",
    "telegram_archive_policy": "archive_policy",
    "telegram_add_contacts": "add_contacts",
}

#: Field of `telegram.chat` → field of the school's record.
NAMES = {name: own for own, name in FIELDS.items()}

#: Settings of the chat that sheets depend on.
MEASURES = frozenset({"late_minutes", "early_minutes", "partial_percent", "bridge_seconds"})


def split(values: Dict[str, Any]) -> Tuple[Dict[str, Any], Dict[str, Any]]:
    """Return the values in two parts: (those of the school's record, those of its chat, by the
    chat's names)."""
    own = {name: value for name, value in values.items() if name not in FIELDS}
    ours = {FIELDS[name]: value for name, value in values.items() if name in FIELDS}
    return own, ours
