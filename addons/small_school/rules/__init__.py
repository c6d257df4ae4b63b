"""The decisions of the school as pure functions: no Odoo, no I/O, no clock (today is an argument).

Days and times of day are local, of the classroom; instants are naive datetimes in UTC, as Odoo
keeps them.
"""
