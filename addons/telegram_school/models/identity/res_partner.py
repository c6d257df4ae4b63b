from odoo import api, fields, models

from ...services.membership.roster import ClassRoster
from ...services.messages.lesson_people import LessonMessages
from .. import telegram_choices
from ..messages import telegram_notice_kinds as kinds

#: Kinds of notices that the bot sends to people who have not chosen.
_UNCHOSEN = ("absence",)


class ResPartner(models.Model):
    _inherit = "res.partner"

    # declared before the field with a default, since creating that one reads partners; not
    # prefetched
    telegram_archived_at = fields.Datetime("Archived at", readonly=True, copy=False, prefetch=False)
    telegram_private_kinds = fields.Char(
        "Private notices",
        copy=False,
        help="Codes of what the bot tells this person; empty: they have chosen nothing.",
    )
    telegram_mail_wish = fields.Selection(
        telegram_choices.mail_choices,
        "Lessons by e-mail",
        default="never",
        help="Reminder, move and cancellation of lessons; only for who asked for them.",
    )

    telegram_stands_for = fields.Char(
        "Stands for",
        compute="_compute_telegram_stands_for",
        search="_search_telegram_stands_for",
        groups="telegram_base.group_user",
        help="The school's own record of the person, which leads to no contact: this one was made for "
        "it, or united with the one that was.",
    )

    def _compute_telegram_stands_for(self):
        rows = self.env["telegram.school.person"].sudo().search([("partner_id", "in", self.ids)])
        titles = self.env["ir.model"].sudo()
        for partner in self:
            mine = rows.filtered(lambda row, partner=partner: row.partner_id == partner)
            names = ["%s, %s" % (titles._get(row.res_model).name, row.res_id) for row in mine]
            partner.telegram_stands_for = "; ".join(names)

    @api.model
    def _search_telegram_stands_for(self, operator, value):
        """Return the domain of contacts that stand for a record of the school, or for none; any
        text finds the former."""
        rows = self.env["telegram.school.person"].sudo().search([])
        is_set = bool(value) == (operator != "!=")
        return [("id", "in" if is_set else "not in", rows.mapped("partner_id").ids)]

    @api.model_create_multi
    def create(self, vals_list):
        now = fields.Datetime.now()
        return super().create(
            [
                dict(vals, telegram_archived_at=now) if vals.get("active") is False else vals
                for vals in vals_list
            ]
        )

    def write(self, vals):
        if "active" not in vals:
            return super().write(vals)
        # people who are archived already keep their time
        changed = self.filtered(lambda one: one.active != bool(vals["active"]))
        result = super().write(vals)
        changed.sudo().write(
            {"telegram_archived_at": False if vals["active"] else fields.Datetime.now()}
        )
        self._telegram_follow()
        return result

    @api.model
    def _cron_telegram_archived(self):
        """Remove people from their groups once their contact has been archived for an hour."""
        rows = self.env["telegram.roster"].sudo()
        archived = rows.search([("status", "=", "in"), ("partner_id.active", "=", False)])
        classrooms = self.env["telegram.classroom.mixin"]
        away = archived.mapped("partner_id").filtered(ClassRoster(classrooms).is_away)
        away._telegram_follow()

    def _telegram_follow(self):
        """Bring all groups with these people on their roster up to date: the school has just
        blocked or unblocked some of them. That includes groups of archived and of deleted
        records."""
        self.env["telegram.roster"]._take_turns(self)  # they may be enrolled at this moment
        rows = self.env["telegram.roster"].sudo().search([("partner_id", "in", self.ids)])
        planned = self.env["telegram.planned.place"].sudo()
        chats = rows.mapped("chat_id")
        chats |= planned.search([("partner_id", "in", self.ids)]).mapped("chat_id")
        for model in self.env["telegram.classroom.mixin"]._telegram_models():
            mine = chats.filtered(lambda chat, name=model._name: chat.res_model == name)
            owners = model.sudo().browse(mine.mapped("res_id")).exists()
            ClassRoster(owners).sync(partners=self)
            for chat in mine.filtered(lambda chat, owners=owners: chat.res_id not in owners.ids):
                chat._set_roster(
                    [self._telegram_orphan_entry(model, row) for row in chat.roster_ids]
                )

    def _telegram_orphan_entry(self, model, row):
        """Return an entry for the roster of a deleted record's group, where only bans change;
        people who are not blocked any more are out without a ban."""
        entry = row._entry()
        if row.partner_id in self:
            if model._telegram_is_blocked(row.partner_id):
                entry["status"] = "banned"
            elif row.status == "banned":
                entry["status"] = "out"
            elif row.status == "in" and ClassRoster(model).is_away(row.partner_id):
                entry.update(status="out", reason="archived")
        return entry

    # -- what they wish to be told ----------------------------------------------------------------

    def _telegram_wishes(self):
        """Return the kinds of notices that this person wants from the bot, as a set."""
        if not self.telegram_private_kinds:
            return set(_UNCHOSEN)
        return set(self.telegram_private_kinds.split()) & set(kinds.PRIVATE)

    def _telegram_wish(self, changes):
        """Change which notices these people want from the bot. changes: {kind: bool}."""
        for partner in self:
            wishes = partner._telegram_wishes()
            for kind, is_on in changes.items():
                wishes = wishes | {kind} if is_on else wishes - {kind}
            chosen = " ".join(kind for kind in kinds.PRIVATE if kind in wishes)
            partner.telegram_private_kinds = chosen or "none"
        if "reminder" in changes:  # they are written ahead
            chats = self._telegram_roster_chats("in")
            for model in self.env["telegram.classroom.mixin"]._telegram_models():
                mine = chats.filtered(lambda chat, name=model._name: chat.res_model == name)
                owners = model.sudo().browse(mine.mapped("res_id")).exists()
                LessonMessages(ClassRoster(owners).lessons()).write_private()

    def _telegram_told_guardians(self):
        """Hook for adapters: return the guardians (res.partner) of this person who are told about
        absences, by agreement. Extend with super()."""
        return self.browse()

    def _telegram_has_told_wards(self):
        """Hook for adapters: return whether one of these people is told about a child's
        absences."""
        return False

    def _telegram_refused_links(self):
        """Hook for adapters: return {person: reason} for people whose personal link the user may
        not have, though others of the class they may; everybody's is checked once more when it is
        made."""
        return {}
