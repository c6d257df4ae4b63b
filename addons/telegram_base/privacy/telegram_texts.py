"""The person in commands, facts and files: finding these rows, and cleaning them."""

from odoo import fields

from ..rules import erasure
from .rows import rows_naming_in_json, sql_search, write_columns


class TelegramTexts:
    """Rows of the outbox, the inbox and the attachments that are about a `Person` or name them."""

    def __init__(self, env):
        self.env = env

    def find_messages(self, person):
        """Return the commands about this person alone."""
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
        """Return other commands that name the person; `forget` must name them until it is done."""
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
        """Remove the person from these commands."""
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
        """Return files that may name the person and are not sent yet."""
        return sql_search(
            self.env,
            "telegram.attachment",
            "chat_id IN (SELECT chat_id FROM telegram_roster WHERE partner_id = ANY (%s))",
            person.partner.ids,
        )

    def find_facts(self, person):
        """Return the facts that name the person."""
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
        """Remove the person from these facts; unhandled ones about them alone become handled."""
        traces = person.traces()
        for fact in facts:
            values = {name: traces.json_text(fact[name]) or None for name in ("payload", "error")}
            if fact.state != "done" and self._is_about(person, fact):
                # it can concern nobody any more
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
