{
    "name": "Small School in Telegram",
    "summary": "Holds the lessons of the school's classrooms in Telegram groups",
    "version": "13.0.1.1.0",
    "category": "Education",
    "author": "Classroom Telegram",
    "license": "Other proprietary",
    "depends": ["small_school", "telegram_school"],
    "data": [
        "security/small_school_telegram_groups.xml",
        "security/ir.model.access.csv",
        "views/small_school_classroom_views.xml",
        "views/small_school_lesson_views.xml",
        "views/menus.xml",
    ],
    "auto_install": True,
}
