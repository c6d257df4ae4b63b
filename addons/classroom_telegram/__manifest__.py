{
    "name": "Classrooms in Telegram",
    "summary": "Holds the lessons of the school's classrooms in Telegram groups",
    "version": "13.0.1.1.0",
    "category": "Education",
    "author": "Classroom Telegram",
    "license": "Other proprietary",
    "depends": ["classroom", "telegram_classroom"],
    "data": [
        "security/classroom_telegram_groups.xml",
        "security/ir.model.access.csv",
        "views/classroom_classroom_views.xml",
        "views/classroom_lesson_views.xml",
        "views/telegram_member_views.xml",
        "views/menus.xml",
    ],
    "auto_install": True,
}
