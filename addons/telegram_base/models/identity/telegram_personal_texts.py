from odoo import api, fields, models
from odoo.osv import expression

from ...rules import erasure


class TelegramPersonalData(models.AbstractModel):
    """Where a person is only named: in texts, in facts and commands, and in what Odoo keeps of
    messages, activities and files. How these are found, and cleaned."""

    _inherit = "telegram.personal.data"

    # -- rows in which the person is only named ---------------------------------------------------

    @api.model
    def _personal_search(self, model, where, *arguments):
        """Rows by SQL, which sees all of them."""
        self.env["base"].flush()
        records = self.env[model].sudo()
        self.env.cr.execute(
            'SELECT id FROM "%s" WHERE %s ORDER BY id' % (records._table, where), arguments
        )
        return records.browse([row[0] for row in self.env.cr.fetchall()])

    @api.model
    def _personal_patterns(self, person):
        return erasure.likely(person.words, person.seen)

    @api.model
    def _personal_find_texts(self, person, holding):
        """The rows of which one of the holding's texts names the person."""
        patterns = self._personal_patterns(person)
        where = " OR ".join('"%s" ILIKE ANY (%%s)' % name for name in holding.texts)
        found = self._personal_search(holding.model, where, *[patterns] * len(holding.texts))
        return self._personal_texts(person, found, *holding.texts)

    @api.model
    def _personal_find_messages(self, person):
        """Commands about this one person alone."""
        lookups = self.env["telegram.lookup"].sudo()
        invites = self.env["telegram.invite"].sudo()
        own = [("partner_id", "in", person.partner.ids)]
        keys = [one._key() for one in lookups.search(own)]
        keys += [one._key() for one in invites.search(own)]
        return self._personal_search(
            "telegram.outbox",
            "tg_user_id = ANY (%s) OR key = ANY (%s)",
            sorted(person.seen),
            keys,
        )

    @api.model
    def _personal_find_commands(self, person):
        patterns = self._personal_patterns(person)
        found = self._personal_search(
            "telegram.outbox",
            "kind <> 'forget' AND (payload ILIKE ANY (%s) OR result ILIKE ANY (%s)"
            " OR error ILIKE ANY (%s))",
            *[patterns] * 3,
        )
        named = self._personal_named(person, found, "payload", "result", "error")
        return named - self._personal_find_messages(person)

    @api.model
    def _personal_find_attachments(self, person):
        """Files that may name the person, not sent yet."""
        return self._personal_search(
            "telegram.attachment",
            "chat_id IN (SELECT chat_id FROM telegram_roster WHERE partner_id = ANY (%s))",
            person.partner.ids,
        )

    @api.model
    def _personal_find_facts(self, person):
        patterns = self._personal_patterns(person)
        found = self._personal_search(
            "telegram.inbox",
            "payload ILIKE ANY (%s) OR error ILIKE ANY (%s) OR fact LIKE ANY (%s)",
            patterns,
            patterns,
            erasure.likely((), person.seen),
        )
        return self._personal_named(person, found, "payload", "error", "fact")

    @api.model
    def _personal_named(self, person, records, *names):
        """Those of these rows that indeed name the person."""
        traces = person.traces()
        return records.filtered(
            lambda one: any(traces.json_text(one[name]) != one[name] for name in names if one[name])
        )

    @api.model
    def _personal_clean_commands(self, person, commands):
        traces = person.traces()
        for one in commands:
            self._personal_write(
                one,
                {
                    name: traces.json_text(one[name]) or None
                    for name in ("payload", "result", "error")
                },
            )

    @api.model
    def _personal_clean_facts(self, person, facts):
        traces = person.traces()
        for one in facts:
            values = {name: traces.json_text(one[name]) or None for name in ("payload", "error")}
            if one.state != "done" and self._personal_is_about(person, one):
                # nobody is left whom it could concern
                values.update(state="done", handled_at=fields.Datetime.now())
            # the fact's own id may say who it was about
            if traces.text(one.fact) != one.fact:
                values["fact"] = "erased:%s" % one.id
            self._personal_write(one, values)

    @api.model
    def _personal_is_about(self, person, fact):
        try:
            payload = fact._payload()
        except ValueError:
            return False
        return isinstance(payload, dict) and payload.get("tg_user_id") in person.accounts

    # -- Odoo's own: history, activities, e-mails, files ------------------------------------------

    @api.model
    def _personal_find_own_messages(self, person):
        return self._personal_search(
            "mail.message", "model = 'res.partner' AND res_id = ANY (%s)", person.partner.ids
        )

    @api.model
    def _personal_find_sentences(self, person):
        patterns = self._personal_patterns(person)
        found = self._personal_search(
            "mail.message",
            "coalesce(model, '') = ANY (%s)"
            " AND (body ILIKE ANY (%s) OR subject ILIKE ANY (%s) OR record_name ILIKE ANY (%s))",
            sorted(self._personal_text_models() | {""}),
            *[patterns] * 3,
        )
        return self._personal_texts(person, found, "body", "subject", "record_name")

    @api.model
    def _personal_texts(self, person, records, *names):
        traces = person.traces()
        return records.filtered(
            lambda one: any(traces.text(one[name]) != one[name] for name in names if one[name])
        )

    @api.model
    def _personal_clean_texts(self, person, records, *names):
        traces = person.traces()
        for one in records:
            self._personal_write(one, {name: traces.text(one[name]) or None for name in names})

    @api.model
    def _personal_clean_sentences(self, person, messages):
        self._personal_clean_texts(person, messages, "body", "subject", "record_name")

    @api.model
    def _personal_find_written(self, person):
        return self._personal_search(
            "mail.message", "author_id = ANY (%s)", person.partner.ids
        ) - self._personal_find_own_messages(person)

    @api.model
    def _personal_find_changes(self, person):
        words = sorted(person.words)
        return self._personal_search(
            "mail.tracking.value",
            "old_value_char = ANY (%s) OR new_value_char = ANY (%s)",
            words,
            words,
        )

    @api.model
    def _personal_clean_changes(self, person, values):
        self._personal_clean_texts(person, values, "old_value_char", "new_value_char")

    @api.model
    def _personal_find_activities(self, person):
        patterns = self._personal_patterns(person)
        found = self._personal_search(
            "mail.activity",
            "res_model = ANY (%s) AND (summary ILIKE ANY (%s) OR note ILIKE ANY (%s))",
            sorted(self._personal_text_models()),
            patterns,
            patterns,
        )
        return self._personal_texts(person, found, "summary", "note")

    @api.model
    def _personal_clean_activities(self, person, activities):
        self._personal_clean_texts(person, activities, "summary", "note")

    @api.model
    def _personal_find_mails(self, person):
        mails = self.env["mail.mail"].sudo()
        if not person.partner:
            return mails
        addresses = [("recipient_ids", "in", person.partner.ids)]
        if person.partner.email:
            named = [("email_to", "ilike", person.partner.email)]
            addresses = expression.OR([addresses, named])
        return mails.search(addresses)

    @api.model
    def _personal_find_files(self, person):
        files = self.env["ir.attachment"].sudo()
        # `id`: those behind fields of their own are files, too
        return files.search(
            [
                ("id", "!=", 0),
                ("res_model", "=", "res.partner"),
                ("res_id", "in", person.partner.ids),
            ]
        )
