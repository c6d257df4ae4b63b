from odoo import api, fields, models

from ...services.membership import rights


class TelegramPlannedPlace(models.Model):
    """A teacher's or supervisor's place in a class that has yet to begin.

    The gateway reads the roster, where nobody is before their time, and a cron puts them onto it.
    Rights begin by these rows at their moment, whether that cron has run or not.
    """

    _name = "telegram.planned.place"
    _description = "Telegram: a place in a class that has yet to begin"
    _order = "chat_id, valid_from, id"
    _rec_name = "role"

    chat_id = fields.Many2one(
        "telegram.chat", "Group", required=True, readonly=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", "Person", required=True, readonly=True, index=True, ondelete="cascade"
    )
    role = fields.Selection(
        [("teacher", "Teacher"), ("supervisor", "Supervisor")], required=True, readonly=True
    )
    valid_from = fields.Datetime("Belongs from", required=True, readonly=True)
    valid_until = fields.Datetime("Belongs until", readonly=True)
    is_barred = fields.Boolean(
        "Must not come in",
        readonly=True,
        help="The school blocks them, or their contact is archived.",
    )

    @api.model
    def _set(self, chat, entries, partners=None):
        """Make these the planned places of `chat`, or of `partners` in it.

        entries: as of `_telegram_people`, with `partner`, `role`, `since`, `is_barred` and perhaps
        `until`; only places of people who see more than their own lines are kept.
        """
        names = ("partner_id", "role", "valid_from", "valid_until", "is_barred")
        wanted = {
            (
                one["partner"].id,
                one["role"],
                one["since"],
                one.get("until") or False,
                one["is_barred"],
            )
            for one in entries
            if one.get("role") in rights.TAUGHT_BY
            and (partners is None or one["partner"] in partners)
        }
        own = [("chat_id", "=", chat.id)]
        if partners is not None:
            own.append(("partner_id", "in", partners.ids))
        for row in self.search(own):
            key = (row.partner_id.id, *(row[name] for name in names[1:]))
            if key in wanted:
                wanted.remove(key)
            else:
                row.unlink()
        self.create([dict(zip(names, one), chat_id=chat.id) for one in sorted(wanted, key=str)])
