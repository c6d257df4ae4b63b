"""Shared by the models with a field `telegram_may_read`, by whose search a record rule goes."""

from odoo.osv import expression


def computed(records):
    """Set the field of these records, by its search."""
    domain = records._search_telegram_may_read("=", True)
    mine = set(records.sudo().search(expression.AND([[("id", "in", records.ids)], domain])).ids)
    for record in records:
        record.telegram_may_read = record.id in mine


def leaf(domain, operator, value):
    """Return the domain of the records that may be read, or of the others."""
    is_asked = bool(value) == (operator == "=")
    return domain if is_asked else ["!"] + expression.normalize_domain(domain)
