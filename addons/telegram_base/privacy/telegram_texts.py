"""The person in commands, facts and files: how these rows are found, and cleaned."""

from odoo import fields

from ..rules import erasure
from .rows import rows_naming_in_json, sql_search, write_columns


class TelegramTexts:
    """Rows of the outbox, the inbox and the attachments that are about a `Person` or name them."""

    def __init__(self, env):
        self.env = env

    def find_messages(self, person):
        """Commands about this one person alone."""
        lookups = self.env["telegram.lookup"].sudo()
        invites = self.env["telegram.invite"].sudo()
        own = [("partner_id", "in", person.partner.ids)]
        keys = [lookup._key() for lookup in lookups.search(own)]
        keys += [invite._key() for invite in invites.search(own)]
        return sql_search(
            self.env,
            "telegram.outbox",
            "tg_user_id = ANY (%s) OR key = ANY (%s)",
            sorted(person.seen),
            keys,
        )

    def find_commands(self, person):
        """Other commands that name the person; `forget` must go on naming them until it is done."""
        patterns = erasure.likely(person.words, person.seen)
        likely = sql_search(
            self.env,
            "telegram.outbox",
            "kind <> 'forget' AND (payload ILIKE ANY (%s) OR result ILIKE ANY (%s)"
            " OR error ILIKE ANY (%s))",
            *[patterns] * 3,
        )
        naming = rows_naming_in_json(person, likely, "payload", "result", "error")
        return naming - self.find_messages(person)

    def clean_commands(self, person, commands):
        traces = person.traces()
        for command in commands:
            write_columns(
                command,
                {
                    name: traces.json_text(command[name]) or None
                    for name in ("payload", "result", "error")
                },
            )

    def find_attachments(self, person):
        """Files that may name the person, not sent yet."""
        return sql_search(
            self.env,
            "telegram.attachment",
            "chat_id IN (SELECT chat_id FROM telegram_roster WHERE partner_id = ANY (%s))",
            person.partner.ids,
        )

    def find_facts(self, person):
        patterns = erasure.likely(person.words, person.seen)
        likely = sql_search(
            self.env,
            "telegram.inbox",
            "payload ILIKE ANY (%s) OR error ILIKE ANY (%s) OR fact LIKE ANY (%s)",
            patterns,
            patterns,
            erasure.likely((), person.seen),
        )
        return rows_naming_in_json(person, likely, "payload", "error", "fact")

    def clean_facts(self, person, facts):
        traces = person.traces()
        for fact in facts:
            values = {name: traces.json_text(fact[name]) or None for name in ("payload", "error")}
            if fact.state != "done" and self._is_about(person, fact):
                # nobody is left whom it could concern
                values.update(state="done", handled_at=fields.Datetime.now())
            # the fact's own id may contain the Telegram id
            if traces.text(fact.fact) != fact.fact:
                values["fact"] = "erased:%s" % fact.id
            write_columns(fact, values)

    def _is_about(self, person, fact):
        try:
            payload = fact._payload()
        except ValueError:
            return False
        return isinstance(payload, dict) and payload.get("tg_user_id") in person.accounts
