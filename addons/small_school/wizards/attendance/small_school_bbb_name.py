"""Names in the files of BigBlueButton, and the people of the class whom they name."""

from odoo import api, fields, models

from ..own_rights import OwnRights


class ClassroomBbbName(OwnRights, models.TransientModel):
    """A name in the files, and the person whose name it is."""

    _name = "small_school.bbb.name"
    _description = "Name in an attendance file"
    _order = "is_doubtful desc, id"  # what is to be decided comes first

    wizard_id = fields.Many2one("small_school.bbb.import", required=True, ondelete="cascade")
    name = fields.Char("Name in the file", required=True, readonly=True)
    # one row of a file, for a name of several people of the class
    attachment_id = fields.Many2one("ir.attachment", readonly=True, ondelete="set null")
    line = fields.Integer("Line", readonly=True)
    times = fields.Char("In the room", readonly=True)
    namesake_ids = fields.Many2many(
        "res.partner", "small_school_bbb_namesake", string="People of this name", readonly=True
    )
    is_moderator = fields.Boolean("Moderator", readonly=True)
    is_doubtful = fields.Boolean("To decide", readonly=True)
    how = fields.Selection(
        [
            ("exact", "The same name"),
            ("plain", "The same without accents"),
            ("reordered", "The same words in another order"),
            ("part", "A part of the name"),
            ("fuzzy", "A similar name"),
            ("several", "Several fit"),
            ("namesakes", "Several people have this name"),
            ("none", "Nobody fits"),
        ],
        "Proposal",
        readonly=True,
    )
    suggested_id = fields.Many2one("res.partner", "Perhaps", readonly=True)
    partner_id = fields.Many2one("res.partner", "Person")
    is_nobody = fields.Boolean("Nobody of the class")

    def _is_decided(self):
        """Return whether the import may go on. Rows of namesakes may stay undecided: perhaps
        nobody knows which of them was there."""
        return bool(self.partner_id or self.is_nobody or self.namesake_ids)

    @api.onchange("is_nobody")
    def _onchange_is_nobody(self):
        if self.is_nobody:
            self.partner_id = False

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        if self.partner_id:
            self.is_nobody = False

    def action_take(self):
        """Button: accept the suggestion."""
        for name in self:
            name.write({"partner_id": name.suggested_id.id, "is_nobody": False})
        return self.wizard_id._reopen()

    def action_nobody(self):
        """Button: say that it is a guest, or a test, who is on no sheet."""
        self.write({"partner_id": False, "is_nobody": True})
        return self.wizard_id._reopen()
