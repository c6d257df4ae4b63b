"""Field types that Telegram's identifiers need and Odoo lacks."""

from odoo import fields


class BigInteger(fields.Integer):
    """A 64-bit integer whose empty value is NULL.

    Odoo's own integer is 32 bits wide and writes 0 for "nothing"; ids of Telegram users do not
    fit into it, and 0 would count as an id in unique indexes. Reads as 0 when empty.
    """

    column_type = ("int8", "int8")

    def convert_to_column(self, value, record, values=None, validate=True):
        return int(value) if value else None
