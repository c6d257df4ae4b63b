from odoo import _, models
from odoo.exceptions import AccessError


class IrTranslation(models.Model):
    """Translations are changed by whoever may change what they translate. Odoo asks for that where
    a field is translated as a whole; the terms of a view, which is run as a program, could be
    translated by any internal user."""

    _inherit = "ir.translation"

    def check(self, mode):
        """Also raise AccessError for terms of a record that the user may not change, and, unless
        they are an administrator, for words of the program."""
        super().check(mode)
        if mode == "read" or self.env.su or self.env.user.has_group("base.group_system"):
            return
        for translation in self.sudo():
            if translation.type == "model_terms":
                model, _field = translation.name.split(",")
                record = self.env[model].browse(translation.res_id)
                record.check_access_rights("write")
                record.check_access_rule("write")
            elif translation.type != "model":
                raise AccessError(_("Only administrators translate words of the program."))
