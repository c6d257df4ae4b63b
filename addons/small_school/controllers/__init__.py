from . import calendar, excuse, portal, report, sheet
