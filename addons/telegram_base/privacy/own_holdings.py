"""The holdings of this addon: its own data on people, and what Odoo itself keeps for it.

A new model, or a field by which a row leads to a person, is declared here.
"""

from odoo import _

from . import own_records
from .holding import GATEWAY, KEPT, NAMELESS, Holding
from .odoo_texts import OdooTexts
from .telegram_texts import TelegramTexts


class OwnHoldings:
    """The holdings of this addon, with titles in the language of `env`."""

    def __init__(self, env):
        self.env = env

    def listed(self):
        """Return a list of `Holding`, in the order of the preview: the person's own record
        first."""
        return (
            self._records()
            + self._identity()
            + self._groups()
            + self._written_by_the_gateway()
            + self._outbox_and_inbox()
            + self._history()
        )

    def _records(self):
        """Return the holdings of the person's own records."""
        return [
            Holding(
                "res.partner",
                _("Person"),
                (),
                (),
                NAMELESS,
                find=own_records.find_partner,
                clean=own_records.clean_partner,
                why=_(
                    "A record without a name stays, archived, where something must stay whole: "
                    "sheets, enrolments, past lessons."
                ),
            ),
            Holding(
                "res.partner",
                _("Addresses of the person"),
                (),
                ("type", "name", "street", "zip", "city", "email", "phone"),
                find=own_records.find_addresses,
            ),
            Holding(
                "res.users",
                _("User of Odoo"),
                (),
                ("login", "login_date", "create_date"),
                NAMELESS,
                find=own_records.find_users,
                clean=own_records.clean_users,
                why=_("What the user did stays, without saying who it was."),
            ),
        ]

    def _identity(self):
        """Return the holdings of accounts, links and questions."""
        return [
            Holding(
                "telegram.contact",
                _("Telegram accounts"),
                ("partner_id", "tg_user_id"),
                (
                    "partner_id",
                    "tg_user_id",
                    "name",
                    "username",
                    "phone",
                    "lang_code",
                    "state",
                    "origin",
                    "confirmed_at",
                    "counts_until",
                    "seen_at",
                    "shared_with",
                ),
            ),
            Holding(
                "telegram.contact.log",
                _("Who looked at or changed the identity"),
                ("partner_id",),
                ("at", "kind", "account", "before", "after"),
                NAMELESS,
                blanked=("account", "before", "after"),
                why=_("That somebody looked at or changed something stays, not whose it was."),
            ),
            Holding(
                "telegram.contact.log",
                _("Changes of others' identities that name the person"),
                (),
                ("at", "kind"),
                NAMELESS,
                texts=("account", "before", "after"),
            ),
            Holding(
                "telegram.question",
                _("Questions about who an account is"),
                ("partner_id", "tg_user_id"),
                ("sentence", "state", "answer", "settled_at"),
            ),
            Holding(
                "telegram.link",
                _("Personal links"),
                ("partner_id",),
                ("purpose", "create_date", "expires_at", "used_at", "used_by", "opened_by"),
            ),
            Holding(
                "telegram.link",
                _("Links of others that were opened with the account"),
                ("opened_by", "used_by"),
                ("create_date", "used_at"),
                NAMELESS,
                blanked=("opened_by", "used_by"),
                why=_("The link is the other person's."),
            ),
            Holding(
                "telegram.invite",
                _("Own links into groups"),
                ("partner_id",),
                ("chat_id", "create_date"),
            ),
            Holding(
                "telegram.lookup",
                _("Look-ups by telephone"),
                ("partner_id", "tg_user_id"),
                ("number", "state", "tg_user_id", "create_date", "answered_at"),
            ),
            Holding(
                "telegram.mailing",
                _("E-mails about Telegram"),
                ("partner_id",),
                ("kind", "chat_id", "sent_count", "sent_at"),
            ),
        ]

    def _groups(self):
        """Return the holdings of rosters, guests and presence."""
        return [
            Holding(
                "telegram.roster",
                _("Belonging to groups"),
                ("partner_id",),
                ("chat_id", "role", "status", "reason", "since"),
            ),
            Holding(
                "telegram.roster",
                _("Reasons that name the person"),
                (),
                ("chat_id", "reason"),
                NAMELESS,
                texts=("reason",),
            ),
            Holding(
                "telegram.guest",
                _("Decisions about the account as a guest"),
                ("tg_user_id",),
                ("chat_id", "decision", "by_rule", "decided_at"),
            ),
            Holding(
                "telegram.presence",
                _("Coming and going in calls"),
                ("tg_user_id",),
                ("chat_id", "call_id", "kind", "at", "precision_s"),
                why=_("The sheets keep their minutes."),
            ),
            Holding(
                "telegram.presence",
                _("Channels in calls whose title names the person"),
                (),
                ("chat_id", "call_id", "channel_name", "kind", "at"),
                NAMELESS,
                texts=("channel_name",),
            ),
        ]

    def _written_by_the_gateway(self):
        """Return the holdings of tables that the gateway alone writes."""
        return [
            Holding(
                "telegram.member",
                _("How the person stands in groups"),
                ("partner_id", "tg_user_id"),
                (
                    "chat_id",
                    "tg_user_id",
                    "name",
                    "username",
                    "state_text",
                    "state_since",
                    "seen_at",
                ),
                GATEWAY,
                why=_("Whoever is still in a group is put out of it."),
            ),
            Holding(
                "telegram.removal",
                _("Removals"),
                ("partner_id", "tg_user_id"),
                ("chat_id", "name", "kind", "at", "reason_text"),
                GATEWAY,
                why=_("That somebody was removed, when and why, stays without a name."),
            ),
            Holding(
                "telegram.spend",
                _("Direct adds to groups"),
                ("tg_user_id",),
                ("kind", "chat_id", "at", "outcome"),
                GATEWAY,
                why=_("They count for the account's budget, and stay without a name."),
            ),
            Holding(
                "telegram.account",
                _("Accounts of the school"),
                ("tg_user_id",),
                ("kind", "name", "username"),
                KEPT,
            ),
        ]

    def _outbox_and_inbox(self):
        """Return the holdings of commands, files and facts."""
        texts = TelegramTexts(self.env)
        return [
            Holding(
                "telegram.outbox",
                _("Messages to the person"),
                ("tg_user_id",),
                ("kind", "payload", "due_at", "state", "state_at"),
                find=texts.find_messages,
            ),
            Holding(
                "telegram.outbox",
                _("Messages to others, and commands, that name the person"),
                (),
                ("kind", "chat_id", "payload", "due_at", "state"),
                NAMELESS,
                find=texts.find_commands,
                clean=texts.clean_commands,
            ),
            Holding(
                "telegram.attachment",
                _("Sheets that wait to be sent to the person's groups"),
                (),
                ("chat_id", "name"),
                find=texts.find_attachments,
            ),
            Holding(
                "telegram.inbox",
                _("What happened on Telegram"),
                (),
                ("kind_text", "chat_id", "occurred_at", "payload"),
                NAMELESS,
                find=texts.find_facts,
                clean=texts.clean_facts,
                why=_("That something happened in a group stays, without who it was."),
            ),
        ]

    def _history(self):
        """Return the holdings of Odoo's messages, activities and files."""
        texts = OdooTexts(self.env)
        return [
            Holding(
                "mail.mail",
                _("E-mails that wait or failed"),
                (),
                ("subject", "email_to", "create_date", "state"),
                find=texts.find_mails,
            ),
            Holding(
                "mail.message",
                _("History of the person's own form"),
                (),
                ("date", "author_id", "subject", "body"),
                find=texts.find_form_messages,
            ),
            Holding(
                "mail.message",
                _("Sentences about the person in the history of classes, lessons and others"),
                (),
                ("date", "model", "record_name", "body"),
                NAMELESS,
                find=texts.find_sentences,
                clean=texts.clean_sentences,
            ),
            Holding(
                "mail.message",
                _("Messages by the person"),
                (),
                ("date", "model", "record_name", "email_from", "body"),
                NAMELESS,
                blanked=("email_from", "reply_to"),
                find=texts.find_written,
                why=_("They are part of the history of what they were written about."),
            ),
            Holding(
                "mail.tracking.value",
                _("Changes that the history tells of"),
                (),
                ("create_date", "field_desc", "old_value_char", "new_value_char"),
                NAMELESS,
                find=texts.find_changes,
                clean=texts.clean_changes,
            ),
            Holding(
                "mail.activity",
                _("Activities that name the person"),
                (),
                ("summary", "note", "date_deadline"),
                NAMELESS,
                find=texts.find_activities,
                clean=texts.clean_activities,
            ),
            Holding(
                "ir.attachment",
                _("Files on the person's form"),
                (),
                ("name", "create_date"),
                find=texts.find_files,
            ),
        ]
