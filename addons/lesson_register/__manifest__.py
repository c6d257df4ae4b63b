{
    "name": "Registers",
    "summary": "Sheets, registers and records of attendance as pages and files, for any school",
    "version": "13.0.1.0.0",
    "category": "Education",
    "author": "Classroom Telegram",
    "license": "Other proprietary",
    "depends": ["portal"],
    "external_dependencies": {"python": ["xlsxwriter"]},
    "data": [
        "report/sheet_templates.xml",
        "report/register_templates.xml",
        "report/reports.xml",
        "views/register_page.xml",
    ],
}
