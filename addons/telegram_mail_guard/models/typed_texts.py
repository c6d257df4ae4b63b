"""Decides which texts Odoo may evaluate as templates.

Odoo evaluates expressions in a template's text (`${…}`) with the records that they name, and these
lead to everything that the database holds: whoever may have a text evaluated is administrator. So a
text counts as a template for administrators only, or where it is stored as one: templates are
changed by administrators. Anybody else's text is sent as it stands.
"""

import re

from odoo import tools

#: What begins an expression, a statement or a comment in Odoo's Jinja (`mail.template` of 13.0,
#: `mail.render.mixin` of 14.0): a text without one says the same whether it is evaluated or not.
_MARKS = re.compile(r"\$\{|<%|^[ \t]*%|##", re.MULTILINE)

#: Tables of templates, which administrators alone may change, and their texts. Columns that this
#: Odoo lacks are left out.
_STORED = {
    "mail.template": (
        "body_html",
        "email_cc",
        "email_from",
        "email_to",
        "lang",
        "partner_to",
        "reply_to",
        "report_name",
        "scheduled_date",
        "subject",
    ),
    "sms.template": ("body", "lang"),
}


class KnownTexts:
    """Texts of a stored template as a composer holds them. In a context it counts by its class,
    which no call from outside can make."""

    def __init__(self, texts):
        self.texts = frozenset(texts)


def may_render(env, text):
    """Return whether `text` may be evaluated as a template by the user of `env`.

    What Odoo does as superuser, and what administrators do, is not asked about.
    """
    if env.su or env.user.has_group("base.group_system"):
        return True
    text = tools.ustr(text or "")
    if not _MARKS.search(text):
        return True
    known = env.context.get("telegram_known_texts")
    return isinstance(known, KnownTexts) and text in known.texts or _is_stored(env, text)


def _is_stored(env, text):
    for model, names in _STORED.items():
        if model not in env:
            continue
        templates = env[model]
        stored = [name for name in names if name in templates._fields]
        templates.flush(stored)
        conditions = " OR ".join('"%s" = %%(text)s' % name for name in stored)
        env.cr.execute(
            'SELECT 1 FROM "%s" WHERE %s LIMIT 1' % (templates._table, conditions), {"text": text}
        )
        if env.cr.fetchone():
            return True
        translated = [name for name in stored if templates._fields[name].translate]
        env["ir.translation"].flush()
        env.cr.execute(
            "SELECT 1 FROM ir_translation"
            " WHERE type = 'model' AND name IN %(names)s AND value = %(text)s LIMIT 1",
            {"names": tuple("%s,%s" % (model, name) for name in translated or [""]), "text": text},
        )
        if env.cr.fetchone():
            return True
    return False
