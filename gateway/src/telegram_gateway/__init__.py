"""The gateway: holds a school's Telegram accounts and keeps its groups as Odoo's roster says."""

__version__ = "1.0.0"
