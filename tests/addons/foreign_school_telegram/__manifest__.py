{
    "name": "A foreign school in Telegram",
    "summary": "For tests: the Telegram adapter of the foreign school",
    "version": "13.0.1.0.0",
    "category": "Hidden",
    "author": "Classroom Telegram",
    "license": "Other proprietary",
    "depends": ["foreign_school", "telegram_school"],
    "data": ["views/foreign_school_views.xml"],
    "installable": True,
}
