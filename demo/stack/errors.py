"""Errors of the surroundings, told in one sentence without a traceback."""


class StackError(Exception):
    """The message says what is wrong and what to do about it."""


class OdooRefusal(StackError):
    """Odoo answered a call with an error. `kind`: its class ("odoo.exceptions.UserError")."""

    def __init__(self, message: str, kind: str):
        super().__init__(message)
        self.kind = kind
