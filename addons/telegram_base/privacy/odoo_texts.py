"""The person in Odoo's own messages, activities, e-mails and files."""

from odoo.osv import expression

from ..rules import erasure
from .rows import clean_texts, rows_naming, sql_search


class OdooTexts:
    """Rows of Odoo's own models that are about a `Person` or name them, and their cleaning."""

    def __init__(self, env):
        self.env = env

    def _text_models(self):
        return self.env["telegram.personal.data"]._personal_text_models()

    def find_form_messages(self, person):
        """Return the messages in the history of the person's own form."""
        return sql_search(
            self.env,
            "mail.message",
            "model = 'res.partner' AND res_id = ANY (%s)",
            person.partner.ids,
        )

    def find_sentences(self, person):
        """Return the messages in other histories that name the person, by our sentences or by
        people."""
        patterns = erasure.likely(person.words, person.seen)
        likely = sql_search(
            self.env,
            "mail.message",
            "coalesce(model, '') = ANY (%s)"
            " AND (body ILIKE ANY (%s) OR subject ILIKE ANY (%s) OR record_name ILIKE ANY (%s))",
            sorted(self._text_models() | {""}),
            *[patterns] * 3,
        )
        return rows_naming(person, likely, "body", "subject", "record_name")

    def clean_sentences(self, person, messages):
        clean_texts(person, messages, "body", "subject", "record_name")

    def find_written(self, person):
        """Return the messages that the person wrote, except for those on their own form."""
        return sql_search(
            self.env, "mail.message", "author_id = ANY (%s)", person.partner.ids
        ) - self.find_form_messages(person)

    def find_changes(self, person):
        """Return the tracked changes whose old or new value is one of the person's words."""
        words = sorted(person.words)
        return sql_search(
            self.env,
            "mail.tracking.value",
            "old_value_char = ANY (%s) OR new_value_char = ANY (%s)",
            words,
            words,
        )

    def clean_changes(self, person, values):
        clean_texts(person, values, "old_value_char", "new_value_char")

    def find_activities(self, person):
        """Return the activities whose summary or note names the person."""
        patterns = erasure.likely(person.words, person.seen)
        likely = sql_search(
            self.env,
            "mail.activity",
            "res_model = ANY (%s) AND (summary ILIKE ANY (%s) OR note ILIKE ANY (%s))",
            sorted(self._text_models()),
            patterns,
            patterns,
        )
        return rows_naming(person, likely, "summary", "note")

    def clean_activities(self, person, activities):
        clean_texts(person, activities, "summary", "note")

    def find_mails(self, person):
        """Return the e-mails to the person that have not been sent."""
        mails = self.env["mail.mail"].sudo()
        if not person.partner:
            return mails
        addresses = [("recipient_ids", "in", person.partner.ids)]
        if person.partner.email:
            by_address = [("email_to", "ilike", person.partner.email)]
            addresses = expression.OR([addresses, by_address])
        return mails.search(addresses)

    def find_files(self, person):
        """Return the files on the person's form, including those of binary fields."""
        files = self.env["ir.attachment"].sudo()
        # without a condition on `id` Odoo leaves out the files behind fields
        return files.search(
            [
                ("id", "!=", 0),
                ("res_model", "=", "res.partner"),
                ("res_id", "in", person.partner.ids),
            ]
        )
