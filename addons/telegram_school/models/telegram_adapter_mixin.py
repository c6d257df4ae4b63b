from odoo import api, models
from odoo.exceptions import ValidationError

from ..rules.adapter_check import NOTES
from ..services.adapter.check import AdapterCheck


class TelegramAdapterMixin(models.AbstractModel):
    """A model of the school's that an adapter connects. A trap that would silently record something
    wrong is a sentence at installation; in a running school it is an error in the log, and a line
    of the page “Health”."""

    _name = "telegram.adapter.mixin"
    _inherit = "telegram.labels.mixin"
    _description = "Model that an adapter connects to Telegram"

    def init(self):
        """Refuse the installation of an adapter with traps: nothing depends on it yet. Our own
        models are not asked: the tables are not all there yet."""
        super().init()
        module = self.env.context.get("module")
        if self._abstract or not module or module == "telegram_school":
            return
        if self._telegram_is_being_installed(module):
            user = self.env.ref("base.user_admin", raise_if_not_found=False) or self.env.user
            self.with_context(lang=user.lang or "en_US")._telegram_refuse(module)

    @api.model
    def _telegram_is_being_installed(self, module):
        self.env.cr.execute("SELECT state FROM ir_module_module WHERE name = %s", [module])
        row = self.env.cr.fetchone()
        return bool(row) and row[0] == "to install"

    @api.model
    def _telegram_refuse(self, module):
        """Raise ValidationError with a sentence for each trap of the models that `module`
        connects."""
        check = AdapterCheck(self.env)
        mine = [
            model
            for model in check.adapters()
            if any(getattr(cls, "_module", None) == module for cls in type(model).__mro__)
        ]
        faults = [fault for fault in check.faults(mine) if fault.code not in NOTES]
        if faults:
            raise ValidationError("\n".join(check.sentences(faults)))

    @api.model
    def _telegram_check_adapter(self):
        """Return a sentence for each trap of this model, in the context's language."""
        check = AdapterCheck(self.env)
        return check.sentences(check.faults([self]))
