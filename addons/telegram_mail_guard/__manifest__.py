{
    "name": "Telegram Mail Guard",
    "summary": "Closes ways in Odoo's e-mails by which any login became administrator",
    "version": "13.0.1.0.0",
    "category": "Hidden",
    "author": "Classroom Telegram",
    "license": "Other proprietary",
    "depends": ["mail"],
    "data": ["security/telegram_mail_guard_rules.xml"],
}
