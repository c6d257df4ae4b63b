{
    "name": "Telegram Classrooms",
    "summary": "What a school needs of Telegram, as mixins: classrooms, lessons, attendance",
    "version": "13.0.1.0.0",
    "category": "Education",
    "author": "Classroom Telegram",
    "license": "Other proprietary",
    "depends": ["telegram_base"],
    "data": [
        "data/ir_cron.xml",
        "views/res_config_settings_views.xml",
    ],
    "installable": True,
}
