from odoo import api, fields, models


class TelegramAdapterFault(models.Model):
    """The faults of the school's adapter, as the last start of Odoo found them; for the page
    “Health” and the administrators' activities. Addons with adapters fill it."""

    _name = "telegram.adapter.fault"
    _description = "Telegram: fault of an adapter"
    _rec_name = "model"

    code = fields.Char(required=True, readonly=True)
    model = fields.Char(required=True, readonly=True)
    field = fields.Char(readonly=True)
    other = fields.Char(readonly=True, help="A model, kind or value beside it.")
    is_note = fields.Boolean(readonly=True, help="Nothing is wrong, but it has to be known.")
    found_at = fields.Datetime("Found", required=True, readonly=True, default=fields.Datetime.now)

    @api.model
    def _set(self, rows):
        """Replace the known faults by these dicts (code, model, field, other, is_note); rows of
        faults that are known already stay as they are."""
        names = ("code", "model", "field", "other", "is_note")
        wanted = {tuple(row[name] or False for name in names): row for row in rows}
        faults = self.sudo()
        for fault in faults.search([]):
            key = tuple(fault[name] or False for name in names)
            if wanted.pop(key, None) is None:
                fault.unlink()
        faults.create(list(wanted.values()))
