"""Defaults of a class's settings: the parameter that holds the school's, and the product's own."""

#: Field → parameter that holds the school's default for new classrooms, and ours.
DEFAULTS = {
    "telegram_reminder_minutes": ("telegram_school.reminder_minutes", 15.0),
    "telegram_open_minutes": ("telegram_school.open_minutes", 5.0),
    "telegram_grace_minutes": ("telegram_school.grace_minutes", 5.0),
    "telegram_late_minutes": ("telegram_school.late_minutes", 10.0),
    "telegram_early_minutes": ("telegram_school.early_minutes", 10.0),
    "telegram_partial_percent": ("telegram_school.partial_percent", 50.0),
    "telegram_bridge_seconds": ("telegram_school.bridge_seconds", 60.0),
}

#: The same for choices; the parameter's text is the value, of a tick box "True" or nothing.
CHOICES = {
    "telegram_mute_newcomers": ("telegram_school.mute_newcomers", False),
    "telegram_announce": ("telegram_school.announce", False),
    "telegram_record": ("telegram_school.record", "none"),
    "telegram_report_pdf": ("telegram_school.report_pdf", False),
}
