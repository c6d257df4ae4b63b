"""Registers as pure functions: no Odoo, no I/O, no clock."""
