"""The whole product on one machine, on loopback: PostgreSQL, Odoo, a Telegram server, the gateway.

Used by script/demo and by the end-to-end tests: `with Stack() as stack: …`.
"""
