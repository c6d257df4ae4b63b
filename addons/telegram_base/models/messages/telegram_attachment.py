import base64
import logging
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import SUPERUSER_ID, _, api, fields, models

from ... import database
from ...companies import in_company

_logger = logging.getLogger(__name__)

#: Largest size of a file in bytes. It goes through the database; a class's sheet has some 50,000.
MOST = 5 * 1024 * 1024
#: Longest time that a file waits for the gateway; after that nobody wants it any more.
LIFETIME = timedelta(days=1)


class TelegramAttachment(models.Model):
    """A file that follows a message into a group: requested in the transaction of that message,
    made soon after by a cron, and deleted once it was sent.

    The bytes are in this table, not in Odoo's filestore, which the gateway cannot see. Rendering
    takes seconds and another program, so nothing important waits for it.
    """

    _name = "telegram.attachment"
    _description = "Telegram: file for a group"
    _order = "id"

    chat_id = fields.Many2one("telegram.chat", required=True, index=True, ondelete="cascade")
    res_model = fields.Char(required=True)
    res_id = fields.Integer(required=True)
    key = fields.Char(required=True)
    command_id = fields.Many2one("telegram.outbox", index=True, ondelete="cascade")
    name = fields.Char()
    mimetype = fields.Char()
    content = fields.Binary(attachment=False)
    error = fields.Text()

    _sql_constraints = [
        ("key_unique", "UNIQUE (key)", "This file is wanted already."),
        (
            "bounded",
            # base64, as Odoo keeps it
            "CHECK (octet_length(content) <= %d)" % (MOST // 3 * 4 + 4),
            "The file is too large for a message.",
        ),
    ]

    def init(self):
        database.grant(self.env.cr, self._table, "SELECT, DELETE")

    @api.model
    def _want(self, chat, record, key):
        """Request a file of `record` for the chat, once, to be sent by a command with that key. The
        record's `_telegram_attachment` makes it."""
        if self.search_count([("key", "=", key)]):
            return
        values = {"chat_id": chat.id, "res_model": record._name, "res_id": record.id, "key": key}
        self.create(values)

    # -- making ---------------------------------------------------------------------------------

    @api.model
    def _cron_make(self):
        """Make the requested files, each in a transaction of its own, so that a slow or failing one
        does not hold up the others. Then delete files that nobody needs any more."""
        for attachment in self.search([("command_id", "=", False), ("error", "=", False)]):
            try:
                with self.env.registry.cursor() as cr:
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    env[self._name].browse(attachment.id)._make()
            except Exception:  # tried again the next time
                _logger.exception("The file %s could not be sent", attachment.id)
        self._forget()

    def _make(self):
        """Make these files and have them sent; rows that another transaction has locked are left
        out."""
        self.flush()
        self.env.cr.execute(
            "SELECT id FROM telegram_attachment WHERE id = ANY (%s) AND command_id IS NULL"
            " ORDER BY id FOR UPDATE SKIP LOCKED",
            [self.ids],
        )
        for attachment in self.browse([row[0] for row in self.env.cr.fetchall()]):
            record = self.env[attachment.res_model].browse(attachment.res_id).exists()
            record = in_company(record, attachment.chat_id.company_id)
            try:
                with self.env.cr.savepoint():
                    made = (
                        record
                        and record.with_context(lang=attachment.chat_id.lang)._telegram_attachment()
                    )
            except OperationalError:
                raise  # tried again the next time
            except Exception as error:
                _logger.exception("The file of %s could not be made", record)
                attachment.error = str(error) or type(error).__name__
                continue
            if not made:
                attachment.unlink()
            elif len(made["content"]) > MOST:
                attachment.error = _("The file has more than %s MB.") % (MOST // 1024**2)
            else:
                attachment._send(**made)

    def _send(self, text, name, mimetype, content):
        """Have the file sent, silently: the message before it has notified people already."""
        self.ensure_one()
        rows = self.chat_id._send(
            text,
            silent=True,
            key=self.key,
            expires_at=fields.Datetime.now() + LIFETIME,
            attachment={"name": name, "mimetype": mimetype, "size": len(content)},
        )
        if not rows:  # it was sent before
            self.unlink()
            return
        self.write(
            {
                "command_id": rows[0]["id"],
                "name": name,
                "mimetype": mimetype,
                "content": base64.b64encode(content),
            }
        )

    # -- forgetting -----------------------------------------------------------------------------

    @api.model
    def _forget(self):
        """Delete files that were sent or will not be, even while no gateway runs."""
        self.flush()
        self.env.cr.execute(
            """
            DELETE FROM telegram_attachment a WHERE a.create_date < {now} - %s OR EXISTS (
                SELECT 1 FROM telegram_outbox o WHERE o.id = a.command_id
                AND o.state IN ('done', 'expired', 'cancelled'))
            """.format(now=database.NOW),
            [2 * LIFETIME],
        )
        self.invalidate_cache()
