from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ... import database
from ...fields import BigInteger
from .bot_unlinking import SchoolsDecision

#: The effect of each answer on the identity, by kind of question.
_EFFECTS = {
    "suggested": {"yes": "_link", "no": "_refuse"},
    "shared": {"yes": "_link", "only": "_move", "no": "_refuse"},
    "second": {"yes": "_restore", "only": "_note", "no": "_undo"},
    "recycled": {"yes": "_link", "only": "_replace", "no": "_refuse"},
}


class TelegramQuestion(models.Model):
    """A question about a Telegram identity that a person must answer. Each kind has a defined
    outcome until then, and one for each answer; see `_EFFECTS`."""

    _name = "telegram.question"
    _description = "Telegram identity to sort out"
    _order = "state, id desc"

    contact_id = fields.Many2one(
        "telegram.contact", "Account", required=True, readonly=True, index=True, ondelete="cascade"
    )
    before_ids = fields.Many2many(
        "telegram.contact",
        "telegram_question_before_rel",
        string="In the place of",
        readonly=True,
        help="The accounts that were unlinked when this one was linked.",
    )
    partner_id = fields.Many2one(related="contact_id.partner_id", string="Person")
    tg_user_id = BigInteger(related="contact_id.tg_user_id", string="Telegram id")
    account = fields.Char("Account on Telegram", compute="_compute_sentence", compute_sudo=True)
    kind = fields.Selection(
        [
            ("suggested", "Is it this person?"),
            ("shared", "One account for several people?"),
            ("second", "A second account of the person"),
            ("recycled", "The number belongs to another account"),
        ],
        "Question",
        required=True,
        readonly=True,
    )
    origin = fields.Selection(related="contact_id.origin", string="By")
    others = fields.Char("Others", compute="_compute_sentence", compute_sudo=True)
    sentence = fields.Char("What happened", compute="_compute_sentence", compute_sudo=True)
    state = fields.Selection(
        [("open", "To decide"), ("settled", "Decided")],
        required=True,
        default="open",
        readonly=True,
    )
    answer = fields.Selection(
        [("yes", "Yes"), ("only", "This one only"), ("no", "No")], readonly=True
    )
    settled_uid = fields.Many2one("res.users", "By whom", readonly=True, ondelete="set null")
    settled_at = fields.Datetime("Decided on", readonly=True)

    def init(self):
        database.create_index(
            self.env.cr,
            "telegram_question_one_open",
            self._table,
            "contact_id, kind",
            where="state = 'open'",
            unique=True,
        )

    def name_get(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        return [
            (question.id, "%s – %s" % (question.partner_id.display_name, kinds[question.kind]))
            for question in self
        ]

    def _read(self, fields):
        # a question names the account that it is about: see `telegram.contact.log`
        super()._read(fields)
        if self and not self.env.su:
            seen = self._filter_access_rules("read").sudo()
            self.env["telegram.contact.log"]._log_looks(seen.mapped("contact_id.partner_id").ids)

    @api.depends("contact_id", "kind")
    @api.depends_context("lang")
    def _compute_sentence(self):
        for question in self:
            contact = question.contact_id
            username = contact.username and "@" + contact.username.lstrip("@")
            shown = [text for text in (contact.name, username) if text]
            question.account = " · ".join(shown) or str(contact.tg_user_id)
            if question.kind == "shared":
                others = question._other_people().mapped("display_name")
            else:
                others = question._others().mapped("display_name")
            question.others = ", ".join(others)
            question.sentence = question._in_words(
                question.account, question.partner_id.display_name, question.others
            )

    def _other_people(self):
        """Return the other partners for whom the account is confirmed."""
        contact = self.contact_id
        return self.env["telegram.contact"]._partners(contact.tg_user_id) - contact.partner_id

    def _others(self):
        """Return the person's other accounts: present ones, and those that this account
        replaced."""
        if self.kind == "second":
            return self.before_ids
        return self.contact_id.partner_id._telegram_contacts() - self.contact_id

    def _in_words(self, account, person, others):
        """Return the question's sentence. account, person: as they are shown. others: names or
        ""."""
        return {
            "suggested": lambda: (
                {
                    "request": _("%s asked to join by the personal link of %s."),
                    "phone": _("%s has the telephone number of %s."),
                }.get(self.origin, _("%s may be %s."))
                % (account, person)
            ),
            "shared": lambda: (
                _("%s is linked for %s, and claims to be used for %s, too.")
                % (account, others or "–", person)
            ),
            "second": lambda: (
                _("%s was linked for %s by a personal link, in the place of: %s.")
                % (account, person, others or "–")
            ),
            "recycled": lambda: (
                _("%s has the number of %s, who is linked with another account: %s.")
                % (account, person, others or "–")
            ),
        }[self.kind]()

    # -- asking ---------------------------------------------------------------------------------

    @api.model
    def _ask(self, contact, kind, before=None):
        """Ask about `contact`, once while the question is open. before: the accounts that it
        replaced. Returns the question."""
        questions = self.sudo()
        own = [("contact_id", "=", contact.id), ("kind", "=", kind)]
        known = questions.search(own + [("state", "=", "open")])
        if known:
            return known
        question = questions.create(
            {
                "contact_id": contact.id,
                "kind": kind,
                "before_ids": [(6, 0, before.ids if before else [])],
            }
        )
        chat = contact.partner_id._telegram_roster_chats("in")[:1]
        if chat:  # the deciders of one of their groups are told, not those of all
            chat._call_owner("_telegram_on_question", chat, question)
        return question

    @api.model
    def _settle(self, contacts, kinds, answer):
        """Close the open questions about these contacts (of these kinds): later events have
        answered them."""
        domain = [("contact_id", "in", contacts.ids), ("state", "=", "open")]
        if kinds:
            domain.append(("kind", "in", kinds))
        self.sudo().search(domain)._close(answer)

    def _close(self, answer):
        """Mark these questions as answered by the user."""
        self.write(
            {
                "state": "settled",
                "answer": answer,
                "settled_uid": self.env.uid,
                "settled_at": fields.Datetime.now(),
            }
        )

    # -- answers --------------------------------------------------------------------------------

    def action_yes(self):
        """Button: answer yes; see `_EFFECTS`."""
        return self._answer("yes")

    def action_ask_only(self):
        """Button: ask whether the others are to be unlinked, with their number."""
        self.ensure_one()
        self._check_may_answer()
        count = self.env["telegram.agreement"]._count
        if self.kind == "shared":
            title, others = _("It is this person's alone"), self.sudo()._other_people()
            question = _("Unlinked from this account: %s.") % count(others)
        else:
            title, others = _("Only this account is"), self.sudo()._others()
            question = _("Accounts of the person that are unlinked: %s.") % count(others)
        return self.env["telegram.agreement"]._ask(title, question, self, "action_only")

    def action_only(self):
        """Keep only this account, or only this person; the others are unlinked."""
        return self._answer("only")

    def action_no(self):
        """Button: answer no; see `_EFFECTS`."""
        return self._answer("no")

    def _answer(self, answer):
        """Carry out an answer to these questions. Raises UserError for a question that is settled,
        and for an answer that does not fit it."""
        for question in self:
            question._check_may_answer()
            question = question.sudo()
            if question.state != "open":
                raise UserError(_("Somebody has decided this already: reload the page."))
            effect = _EFFECTS[question.kind].get(answer)
            if effect is None:
                raise UserError(_("This answer does not fit the question."))
            question._close(answer)
            getattr(question, effect)()
        return True

    def _check_may_answer(self):
        self.contact_id._check_may_decide()

    def _note(self):
        """Change nothing."""

    def _link(self):
        contact = self.contact_id
        self.env["telegram.contact"]._confirm(contact.partner_id, contact.tg_user_id)
        contact._handle_reports_again()
        SchoolsDecision(contact).say_confirmed()

    def _move(self):
        """Let the account stand for this person alone."""
        contacts = self.env["telegram.contact"].sudo()
        contacts.search(
            [
                ("tg_user_id", "=", self.contact_id.tg_user_id),
                ("state", "=", "confirmed"),
                ("id", "!=", self.contact_id.id),
            ]
        )._revoke()
        self._link()

    def _restore(self):
        """Restore the accounts that this one replaced: they are the person's, too."""
        for contact in self.before_ids:
            self.env["telegram.contact"]._confirm(contact.partner_id, contact.tg_user_id)

    def _undo(self):
        """Undo the link, which somebody else made: all is as it was before."""
        self._refuse()
        self._restore()

    def _replace(self):
        """Keep this account as the person's only one."""
        self._others()._retire()
        if self.contact_id.state != "confirmed":
            self._link()

    def _refuse(self):
        contact = self.contact_id
        contact._revoke()
        if contact.origin == "link":
            SchoolsDecision(contact).say_not_theirs()
