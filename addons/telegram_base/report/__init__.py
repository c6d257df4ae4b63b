from . import telegram_sheet_report
