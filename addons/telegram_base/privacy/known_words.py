"""The words by which a person is known: present and former names, addresses, numbers. An erasure
removes them from texts."""

import re

from ..rules import erasure

#: People may choose any name on Telegram: a shorter word could be in any sentence.
_SHORTEST = 4


def known_words(partner, users, contacts, accounts):
    """Return a set of texts: names, e-mail addresses, telephone numbers, logins, Telegram
    usernames.

    contacts: the person's `telegram.contact`. accounts: ids of the Telegram users that are theirs
    alone; names of other accounts are not the person's.
    """
    env = partner.env
    words = {partner.name, partner.display_name, partner.email, partner.phone, partner.mobile}
    words |= set(users.mapped("login"))
    words |= env["telegram.lookup"]._numbers_of(partner)
    words |= _former_words(partner)
    own = contacts.filtered(lambda contact: contact.tg_user_id in accounts)
    members = env["telegram.member"].sudo().search([("tg_user_id", "in", sorted(accounts))])
    on_telegram = set(own.mapped("phone"))
    for rows in (own, members):
        for row in rows:
            on_telegram |= {row.name, row.username, row.username and row.username.lstrip("@")}
    return {word.strip() for word in words if word and word.strip()} | {
        word.strip() for word in on_telegram if word and len(word.strip()) >= _SHORTEST
    }


def _former_words(partner):
    """Return a set of former names, addresses and numbers, by the history of the person's own
    form."""
    messages = (
        partner.env["mail.message"]
        .sudo()
        .search([("model", "=", "res.partner"), ("res_id", "=", partner.id)])
    )
    words = set()
    for value in messages.mapped("tracking_value_ids"):
        # a text on Odoo 13, a record on 14
        field = value.field if isinstance(value.field, str) else value.field.name
        if field in ("name", "email", "phone", "mobile"):
            words |= {value.old_value_char, value.new_value_char}
    for body in messages.mapped("body"):
        text = re.sub(r"</?(?:p|br|div|span)\b[^<>]*>", "", body or "")
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        for name, email in erasure.united(text):
            words |= {name, email if "@" in email else False}
    return words


def names_containing(partner, words):
    """Return the set of other partners' names that contain one of these words: these names stay."""
    env = partner.env
    env["base"].flush()
    env.cr.execute(
        "SELECT DISTINCT name FROM res_partner WHERE id <> %s AND name ILIKE ANY (%s)",
        [partner.id, erasure.likely(words, ())],
    )
    return {name for (name,) in env.cr.fetchall()}
