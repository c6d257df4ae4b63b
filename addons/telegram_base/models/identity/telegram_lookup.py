from datetime import timedelta

import phonenumbers

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ...fields import BigInteger
from ...rules import identity

PER_DAY_PARAMETER = "telegram_base.lookups_a_day"
RULE_PARAMETER = "telegram_base.confirm_rule"

#: A number is not asked for again automatically within this time.
_AGAIN = timedelta(days=180)
#: Longest time that a look-up waits for its turn.
_WAITS = timedelta(days=3)


class TelegramLookup(models.Model):
    """A look-up of the account with a telephone number. Telegram's answer is only a hint."""

    _name = "telegram.lookup"
    _description = "Telegram: look-up of a telephone number"
    _order = "id desc"
    _rec_name = "number"

    partner_id = fields.Many2one(
        "res.partner", "Person", required=True, readonly=True, index=True, ondelete="cascade"
    )
    number = fields.Char("Telephone", required=True, readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Waits for its turn"),
            ("found", "Found"),
            ("unknown", "Not on Telegram"),
            ("hidden", "Nothing shown: not on Telegram, or hidden"),
            ("too_often", "Not looked up: asked too often"),
            ("failed", "Failed"),
        ],
        required=True,
        default="waiting",
        readonly=True,
    )
    answer_text = fields.Char("Answer", compute="_compute_answer_text")
    tg_user_id = BigInteger("Telegram id", readonly=True, group_operator=False)
    answered_at = fields.Datetime("Answered on", readonly=True)

    @api.depends("state")
    @api.depends_context("lang")
    def _compute_answer_text(self):
        for lookup in self:
            lookup.answer_text = {
                "waiting": _("Telegram allows few look-ups: it is asked when its turn comes."),
                "found": _("An account was found. It is a suggestion until somebody confirms it."),
                "unknown": _("Telegram says that no account has this number."),
                "hidden": _(
                    "Telegram shows nothing: no account has this number, or its owner does not let "
                    "others find it. Give the person their personal link."
                ),
                "too_often": _(
                    "Telegram did not look: it was asked too often. Try again tomorrow, or give "
                    "the person their personal link."
                ),
                "failed": _("The look-up failed: the list of commands says why."),
            }[lookup.state]

    @api.model
    def _country(self, partner):
        """The country whose code a telephone number without one has."""
        company = partner.company_id or self.env.company
        return partner.country_id or company.country_id

    @api.model
    def _number_of(self, partner):
        """Return the E.164 form of the partner's telephone number, or False."""
        region = self._country(partner).code or "FR"
        for text in (partner.mobile, partner.phone):
            try:
                number = phonenumbers.parse(text or "", region)
            except phonenumbers.NumberParseException:
                continue
            if phonenumbers.is_possible_number(number):
                return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        return False

    @api.model
    def _numbers_of(self, partner):
        """Return the partner's telephone numbers as programs write them: a set of texts."""
        numbers = set()
        region = self._country(partner).code or "FR"
        for text in filter(None, (partner.mobile, partner.phone)):
            digits = identity.digits(text)
            if len(digits) >= 6:
                numbers.add(digits)
            try:
                number = phonenumbers.parse(text, region)
            except phonenumbers.NumberParseException:
                continue
            whole = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            numbers |= {whole, whole.lstrip("+")}
        return numbers

    @api.model
    def _start(self, partner):
        """Have the gateway ask for the partner's number. Raises UserError without a number, or
        while it is being asked for."""
        number = self._number_of(partner)
        if not number:
            raise UserError(
                _(
                    "%s has no telephone number that can be understood: write it with + and the "
                    "country code."
                )
                % partner.display_name
            )
        lookups = self.sudo()
        own = [("partner_id", "=", partner.id), ("state", "=", "waiting")]
        for waiting in lookups.search(own):
            waiting._refresh()
        if lookups.search_count(own):
            raise UserError(_("Telegram is being asked for this number already."))
        lookup = lookups.create({"partner_id": partner.id, "number": number})
        self.env["telegram.outbox"]._enqueue(
            [
                {
                    "kind": "lookup_phone",
                    "payload": {"phone": number, "lookup_id": lookup.id},
                    "expires_at": fields.Datetime.now() + _WAITS,
                    "key": lookup._key(),
                    "pool": partner._telegram_pool(),
                }
            ]
        )
        return lookup

    def _key(self):
        return "lookup:%s" % self.id

    def _refresh(self):
        """Close look-ups whose command was given up."""
        command = self.env["telegram.outbox"].sudo().search([("key", "=", self._key())])
        if command.state in ("failed", "expired", "cancelled"):
            self.write({"state": "failed", "answered_at": fields.Datetime.now()})

    def _answered(self, payload):
        """Record the gateway's answer: see the fact `phone_looked_up`."""
        answer = payload.get("answer")
        self.write(
            {
                "state": answer,
                "tg_user_id": payload.get("tg_user_id"),
                "answered_at": fields.Datetime.now(),
            }
        )
        if answer == "found" and payload.get("tg_user_id"):
            self._found(payload)

    def _found(self, payload):
        """Suggest the account that has the number, and ask a person whether it is the partner's."""
        contacts = self.env["telegram.contact"]
        tg_user_id, partner = payload["tg_user_id"], self.partner_id
        before = partner._telegram_contacts()
        if tg_user_id in before.mapped("tg_user_id"):
            before.filtered(lambda contact: contact.tg_user_id == tg_user_id).write(
                {"phone": self.number}
            )
            return
        contact = contacts._suggest(
            partner,
            tg_user_id,
            {
                "name": payload.get("name"),
                "username": payload.get("username"),
                "phone": self.number,
                "origin": "phone",
            },
        )
        if before:
            kind = "recycled"
        elif contacts._partners(tg_user_id):
            kind = "shared"
        else:
            kind = "suggested"
        self.env["telegram.question"]._ask(contact, kind)

    @api.model
    def _number_found_for(self, partner, tg_user_id):
        """Return the partner's number, if a look-up found this account by it."""
        lookup = self.sudo().search(
            [
                ("partner_id", "=", partner.id),
                ("tg_user_id", "=", tg_user_id),
                ("state", "=", "found"),
            ],
            limit=1,
        )
        return lookup.number

    @api.model
    def _is_confirmed_by_rule(self, partner, contact):
        """True if the school's rule confirms this suggestion without a person."""
        rule = self.env["ir.config_parameter"].sudo().get_param(RULE_PARAMETER, identity.NEVER)
        seen = contact.phone or self._number_found_for(partner, contact.tg_user_id)
        return identity.may_confirm(
            rule, partner.name, contact.name, self._number_of(partner), seen
        )

    # -- a few a day -----------------------------------------------------------------------------

    @api.model
    def _cron_lookup(self):
        """Ask for a few numbers of people who have not linked Telegram: none unless the school has
        set a number per day, and none for a day after Telegram has refused with “too often”."""
        for waiting in self.search([("state", "=", "waiting")]):
            waiting._refresh()
        per_day = self.env["telegram.link"]._setting(PER_DAY_PARAMETER, 0)
        yesterday = fields.Datetime.now() - timedelta(days=1)
        refused = self.search_count([("state", "=", "too_often"), ("answered_at", ">", yesterday)])
        left = per_day - self.search_count([("create_date", ">", yesterday)])
        if refused or left <= 0:
            return
        for partner in self._candidates(left):
            self._start(partner)

    @api.model
    def _candidates(self, limit):
        """Return at most `limit` people of rosters without an account, with a number never asked
        for."""
        asked = self.search([("create_date", ">", fields.Datetime.now() - _AGAIN)])
        people = self.env["telegram.person"].search(
            [
                ("state", "in", ("none", "invited")),
                ("chat_ids", "!=", False),
                ("phone", "!=", False),
                ("id", "not in", asked.mapped("partner_id").ids),
            ],
            order="id",
        )
        candidates = self.env["res.partner"]
        for partner in people.mapped("partner_id"):
            if len(candidates) < limit and self._number_of(partner):
                candidates |= partner
        return candidates
