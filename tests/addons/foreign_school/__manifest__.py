{
    "name": "A foreign school",
    "summary": "For tests: a school with models of its own, which knows nothing of Telegram",
    "version": "13.0.1.0.0",
    "category": "Hidden",
    "author": "Classroom Telegram",
    "license": "Other proprietary",
    "depends": ["base"],
    "data": ["security/ir.model.access.csv", "views/foreign_school_views.xml"],
    "installable": True,
}
