from odoo import _, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.telegram_base import database
from odoo.addons.telegram_base.fields import BigInteger


class TelegramChannelAnswer(models.Model):
    """The answer to who took part in a lesson as a channel.

    Rows are only added, and the newest one of a lesson and a channel counts: two users who answer
    at once do not block each other, and an answer that was taken back stays known.
    """

    _name = "telegram.channel.answer"
    _description = "Telegram: who took part as a channel"
    _order = "id"
    _rec_name = "said"

    res_model = fields.Char("Model", required=True, readonly=True)
    res_id = fields.Integer("Record", required=True, readonly=True, group_operator=False)
    tg_channel_id = BigInteger(
        "Telegram id of a channel", required=True, readonly=True, group_operator=False
    )
    said = fields.Selection(
        [
            ("person", "A person of the class"),
            ("other", "Somebody else"),
            ("open", "Taken back"),
        ],
        "Answer",
        required=True,
        readonly=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Person",
        readonly=True,
        index=True,
        ondelete="restrict",
        help="Empty with “A person of the class”: their data was erased.",
    )
    said_uid = fields.Many2one("res.users", "By", readonly=True, ondelete="set null")
    said_at = fields.Datetime("On", required=True, readonly=True, default=fields.Datetime.now)

    def init(self):
        cr, table = self.env.cr, self._table
        database.create_index(cr, table + "_lesson", table, "res_model, res_id")
        database.create_index(cr, table + "_channel", table, "tg_channel_id")

    def write(self, vals):
        raise UserError(_("What was said stays as it was said: take it back, and say it anew."))

    @api.model
    def _say(self, lesson, channel, partner, said):
        """Store the user's answer."""
        return self.sudo().create(
            {
                "res_model": lesson._name,
                "res_id": lesson.id,
                "tg_channel_id": channel,
                "said": said,
                "partner_id": partner.id,
                "said_uid": self.env.uid,
            }
        )

    @api.model
    def _of(self, lesson):
        """Return {Telegram id of a channel: its answer in this lesson}, without answers taken
        back."""
        own = [("res_model", "=", lesson._name), ("res_id", "=", lesson.id)]
        newest = {one.tg_channel_id: one for one in self.sudo().search(own, order="id")}
        return {channel: one for channel, one in newest.items() if one.said != "open"}

    @api.model
    def _last(self, channels, lesson):
        """Return {Telegram id of a channel: the last answer given for it in another lesson}."""
        rows = self.sudo().search([("tg_channel_id", "in", list(channels))], order="id")
        newest = {(one.tg_channel_id, one.res_model, one.res_id): one for one in rows}
        newest = sorted(newest.values(), key=lambda one: one.id)
        return {
            one.tg_channel_id: one
            for one in newest
            if one.said != "open" and (one.res_model, one.res_id) != (lesson._name, lesson.id)
        }

    @api.model
    def _channels_of(self, partners):
        """Return Telegram ids of the channels that were attributed to these people and to nobody
        else."""
        mine = self.sudo().search([("partner_id", "in", partners.ids)]).mapped("tg_channel_id")
        rows = self.sudo().search([("tg_channel_id", "in", mine)], order="id")
        newest = {
            (answer.tg_channel_id, answer.res_model, answer.res_id): answer for answer in rows
        }
        people = {}
        for answer in newest.values():
            if answer.said == "person":
                people.setdefault(answer.tg_channel_id, []).append(answer.partner_id in partners)
        return {channel for channel, theirs in people.items() if all(theirs)}
