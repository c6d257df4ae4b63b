"""The meaning of a lesson, as pure functions: no Odoo, no I/O, no clock (`now` is an argument).

Instants are naive datetimes in UTC, as Odoo keeps them.
"""
