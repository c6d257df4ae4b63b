"""script/bench sparing: how little the gateway asks of Telegram, and how that grows.

Measured are the gateway, its real tables and the sandbox, without Odoo. Counted is what reaches the
Telegram server from the school's bot and account. Each part is a module with `measure()`.
"""
