import logging
from collections import OrderedDict
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.tools import format_datetime

from ... import database
from ...companies import in_company
from .reminders import is_daytime

_logger = logging.getLogger(__name__)

#: Days after an e-mail with the personal link until the next one; after the last nobody is
#: written to any more.
GAPS = (3, 7)
#: The link of an e-mail works until the next one is sent, and as long after the last.
LINK_DAYS = max(GAPS)
#: A class that somebody joins this long after the last e-mail starts the e-mails again.
ANEW = timedelta(days=30)
#: People written to in one run; the others come in the next.
BATCH = 200


_IS_LINKED = (
    "EXISTS (SELECT 1 FROM telegram_contact c WHERE c.partner_id = {} AND c.state = 'confirmed')"
)


class TelegramMailing(models.Model):
    """E-mails that were sent, so that nobody gets one twice: the personal link to people who have
    not linked Telegram (`link`, one row per person), and a group's link to people whom the bot
    cannot write to (`invite`, one row per person and group). The e-mails themselves wait in Odoo's
    queue."""

    _name = "telegram.mailing"
    _description = "Telegram: e-mail to a person"
    _order = "id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", "Person", required=True, readonly=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [("link", "Personal link"), ("invite", "Link of a group")], required=True, readonly=True
    )
    chat_id = fields.Many2one("telegram.chat", "Group", readonly=True, ondelete="cascade")
    invite_link = fields.Char(readonly=True)
    sent_count = fields.Integer("E-mails", required=True, default=0, readonly=True)
    sent_at = fields.Datetime("Last e-mail", readonly=True)

    def init(self):
        database.create_index(
            self.env.cr,
            "telegram_mailing_one",
            self._table,
            "partner_id, kind, coalesce(chat_id, 0)",
            unique=True,
        )

    @api.model
    def _cron_mail(self):
        """Write to people who should be in a group and cannot know about it yet, by day, one e-mail
        per person whatever the number of their classes."""
        left = self._mail_links(BATCH)
        self._mail_invites(left)

    @api.model
    def _wanted(self, domain=()):
        """Return an OrderedDict: partner → their `telegram.roster` rows of groups that e-mails may
        mention now."""
        rows = self.env["telegram.roster"].search(
            [
                ("status", "=", "in"),
                ("partner_id.active", "=", True),
                ("partner_id.telegram_unwanted", "=", False),
                ("chat_id.active", "=", True),
                ("chat_id.is_reviewed", "=", True),
                # groups that are not there yet are not mentioned
                ("chat_id.chat_state_ids.state", "=", "ready"),
            ]
            + list(domain),
            order="partner_id, id",
        )
        chats = rows.mapped("chat_id").filtered(
            lambda chat: (chat.company_id or self.env.company).telegram_mail and is_daytime(chat)
        )
        by_partner = OrderedDict()
        for row in rows:
            if row.chat_id in chats:
                by_partner[row.partner_id] = by_partner.get(row.partner_id, rows.browse()) | row
        return by_partner

    # -- the personal link ----------------------------------------------------------------------

    @api.model
    def _mail_links(self, most):
        """Write e-mails with personal links, at most `most`; return how many of them are left."""
        if not self.env["telegram.account"]._bot_username(None):
            return most  # before the gateway's first login there is no link to give
        # people who have linked and are unlinked one day start again
        self._of_linked().unlink()
        wanted = self._wanted([("partner_id", "in", self._unlinked().ids)])
        people = self.env["res.partner"].union(*wanted)
        before = self.search([("kind", "=", "link"), ("partner_id", "in", people.ids)])
        known = {mailing.partner_id: mailing for mailing in before}
        for partner in people:
            if not most:
                break
            mailing = known.get(partner, self.browse())
            newest = max(row.since or row.create_date for row in wanted[partner])
            reader = mailing._is_due(newest) and partner._telegram_mail_reader()
            if reader:
                most -= self._write_to(
                    partner, reader, wanted[partner], "_mail_link", mailing, newest
                )
        return most

    @api.model
    def _unlinked(self):
        """Return the people of groups who have not linked Telegram."""
        return self.env["res.partner"].browse(
            self._ids_of(
                "SELECT DISTINCT r.partner_id FROM telegram_roster r"
                " WHERE r.status = 'in' AND NOT " + _IS_LINKED.format("r.partner_id")
            )
        )

    @api.model
    def _of_linked(self):
        """Rows about the personal link of people of the groups who have used it since."""
        return self.browse(
            self._ids_of(
                "SELECT m.id FROM telegram_mailing m WHERE m.kind = 'link' AND "
                + _IS_LINKED.format("m.partner_id")
                + " AND EXISTS (SELECT 1 FROM telegram_roster r"
                " WHERE r.partner_id = m.partner_id AND r.status = 'in')"
            )
        )

    @api.model
    def _ids_of(self, query):
        self.env["base"].flush()
        self.env.cr.execute(query)
        return [row[0] for row in self.env.cr.fetchall()]

    @api.model
    def _first_mails(self, partners):
        """Return the people among these who get their personal link by e-mail when they join a
        class: they have not linked Telegram, take part in it, have an address and got no e-mail
        lately."""
        linked = partners._telegram_contacts().mapped("partner_id")
        known = {
            mailing.partner_id: mailing
            for mailing in self.search([("kind", "=", "link"), ("partner_id", "in", partners.ids)])
        }
        now = fields.Datetime.now()
        return (partners - linked).filtered(
            lambda partner: (
                partner.active
                and not partner.telegram_unwanted
                and known.get(partner, self.browse())._is_due(now)
                and partner._telegram_mail_reader()
            )
        )

    @api.model
    def _mail_now(self, partners):
        """Write to these people now, if they have an address, on a user's request; the next
        reminder follows as after any other e-mail."""
        known = {
            mailing.partner_id: mailing
            for mailing in self.search([("kind", "=", "link"), ("partner_id", "in", partners.ids)])
        }
        rows = self.env["telegram.roster"].search(
            [("partner_id", "in", partners.ids), ("status", "=", "in")]
        )
        for partner in partners:
            reader = partner._telegram_mail_reader()
            if reader:
                own = rows.filtered(lambda row, partner=partner: row.partner_id == partner)
                self._mail_link(partner, reader, own, known.get(partner, self.browse()), None)

    def _is_due(self, newest_since):
        """True if the (next) e-mail with the personal link is due; without a row: the first."""
        if not self:
            return True
        now = fields.Datetime.now()
        if self.sent_count > len(GAPS):
            return newest_since > self.sent_at + ANEW
        return now >= self.sent_at + timedelta(days=GAPS[self.sent_count - 1])

    @api.model
    def _mail_link(self, partner, reader, rows, mailing, newest):
        """Write the personal link to `reader`. newest: when the person last came to belong to a
        group (naive UTC)."""
        is_anew = mailing and mailing.sent_count > len(GAPS)
        expires_at = fields.Datetime.now() + timedelta(days=LINK_DAYS)
        expires_at = max(expires_at, self.env["telegram.link"]._default_expires_at())
        company = rows[:1].chat_id.company_id or self.env.company
        values = {
            "telegram_url": partner._telegram_link_url(expires_at, purpose="email"),
            "telegram_until": self._local(expires_at, company, reader),
            "telegram_classes": rows.mapped("chat_id").sorted("name").mapped("name"),
        }
        self._queue("telegram_base.mail_template_link", partner, reader, company, values)
        count = 1 if is_anew else mailing.sent_count + 1
        sent = {"sent_count": count, "sent_at": fields.Datetime.now()}
        if mailing:
            mailing.write(sent)
        else:
            self.create(dict(sent, partner_id=partner.id, kind="link"))

    @api.model
    def _local(self, at, company, reader):
        lang = reader.lang or self.env.user.lang or "en_US"
        zone = company.partner_id.tz or self.env.user.tz or "UTC"
        return format_datetime(self.env, at, tz=zone, dt_format="short", lang_code=lang)

    # -- groups that the bot could not tell of --------------------------------------------------

    @api.model
    def _mail_invites(self, most):
        """Write e-mails with the links of their groups, at most `most`, to people who have linked
        Telegram but whom the bot cannot write to."""
        waiting = self.env["telegram.member"].search(
            [
                ("state", "=", "welcome"),
                ("tg_user_id", "!=", False),
                ("partner_id", "!=", False),
                ("chat_id.active", "=", True),
            ]
        )
        users = list(filter(None, waiting.mapped("tg_user_id")))
        unreachable = self.env["telegram.outbox"]._unreachable(users)
        waiting = waiting.filtered(lambda member: member.tg_user_id in unreachable)
        if not waiting:
            return most
        pairs = {(member.partner_id.id, member.chat_id.id) for member in waiting}
        before = self.search(
            [("kind", "=", "invite"), ("partner_id", "in", waiting.mapped("partner_id").ids)]
        )
        known = {(mailing.partner_id.id, mailing.chat_id.id): mailing for mailing in before}
        wanted = self._wanted([("partner_id", "in", waiting.mapped("partner_id").ids)])
        for partner, rows in wanted.items():
            if not most:
                break

            def is_news(row, partner=partner):
                pair = (partner.id, row.chat_id.id)
                mailing = known.get(pair, self.browse())
                link = row.chat_id.state == "ready" and row.chat_id.invite_link
                return pair in pairs and link and mailing.invite_link != link

            rows = rows.filtered(is_news)
            reader = partner._telegram_mail_reader()
            if rows and reader:
                most -= self._write_to(partner, reader, rows, "_mail_invite", known)
        return most

    @api.model
    def _mail_invite(self, partner, reader, rows, known):
        """Write the links of these roster rows' groups to `reader`. known: earlier mailings by
        (partner id, chat id)."""
        chats = rows.mapped("chat_id").sorted("name")
        values = {"telegram_groups": [(chat.name, chat.invite_link) for chat in chats]}
        company = chats[:1].company_id or self.env.company
        self._queue("telegram_base.mail_template_invite", partner, reader, company, values)
        for chat in chats:
            mailing = known.get((partner.id, chat.id), self.browse())
            sent = {
                "invite_link": chat.invite_link,
                "sent_count": mailing.sent_count + 1,
                "sent_at": fields.Datetime.now(),
            }
            if mailing:
                mailing.write(sent)
            else:
                self.create(dict(sent, partner_id=partner.id, kind="invite", chat_id=chat.id))

    # -- sending --------------------------------------------------------------------------------

    @api.model
    def _write_to(self, partner, reader, rows, method, *args):
        """Write one person's e-mail and its row, or neither. Returns 1 if it was written."""
        try:
            with self.env.cr.savepoint():
                getattr(self, method)(partner, reader, rows, *args)
        except Exception:  # a broken template must not hold up the answers to facts
            _logger.exception("No e-mail could be written to %s", partner)
            return 0
        return 1

    @api.model
    def _queue(self, template, partner, reader, company, values):
        """Put an e-mail into Odoo's queue. It is in no record's history, since it holds a link that
        lets its holder act as the person, and is deleted once sent."""
        template = self.env.ref(template, raise_if_not_found=False)
        if not template:
            raise ValueError(_("The template of the e-mail was deleted: upgrade telegram_base."))
        values = dict(
            values,
            telegram_reader=reader,
            telegram_company=company,
            telegram_lang=reader.lang or self.env.user.lang,
        )
        return (
            in_company(template.sudo(), company)
            .with_context(**values)
            .send_mail(
                partner.id,
                email_values={
                    "model": False,
                    "res_id": False,
                    "recipient_ids": [(6, 0, reader.ids)],
                    "auto_delete": True,
                },
            )
        )
