from odoo import api, models

from ...rules.adapter_check import Fault
from ...services.adapter.check import AdapterCheck


class TelegramWords(models.AbstractModel):
    _inherit = "telegram.words"

    @api.model
    def _adapter_fault(self, code, facts):
        fault = Fault(code, facts["model"], facts["field"] or "", facts["other"] or "")
        return AdapterCheck(self.env).sentence(fault)
