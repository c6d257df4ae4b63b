import logging

from psycopg2 import Error

from odoo import models

from ...rules.adapter_check import NOTES
from ...services.adapter.check import AdapterCheck

_logger = logging.getLogger(__name__)


class TelegramAdapterFault(models.Model):
    """Each start of Odoo checks the adapters; faults do not stop a school that runs already."""

    _inherit = "telegram.adapter.fault"

    def _register_hook(self):
        """Check the adapters as Odoo starts: faults are logged, and kept for the page “Health”."""
        super()._register_hook()
        # the log's language: without one, Odoo would look for that of the request that copies or
        # restores a database, and load the registry of another database for it
        check = AdapterCheck(self.env(context=dict(self.env.context, lang="en_US")))
        try:
            faults = check.faults()
            sentences = check.sentences(faults)
        except Exception:  # Odoo must start, whatever an adapter contains
            _logger.exception("The adapters could not be checked")
            return
        for fault, sentence in zip(faults, sentences):
            level = logging.INFO if fault.code in NOTES else logging.ERROR
            _logger.log(level, "Adapter: %s", sentence)
        rows = [dict(fault._asdict(), is_note=fault.code in NOTES) for fault in faults]
        try:
            with self.env.cr.savepoint():
                self._set(rows)
        except Error:
            # another process that starts writes the same, or the module is not upgraded yet
            _logger.info("The adapters' faults were not written", exc_info=True)
