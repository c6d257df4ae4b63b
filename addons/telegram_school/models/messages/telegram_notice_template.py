import logging
from html import escape

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...rules.template import Name, TemplateError, parse, render
from . import telegram_notice_kinds as kinds

_logger = logging.getLogger(__name__)


class TelegramNoticeTemplate(models.Model):
    """The text of a kind of notice in one language at one school: the built-in one, or the school's
    own. The rows are made once somebody opens the list."""

    _name = "telegram.notice.template"
    _description = "Telegram: text of a notice"
    _order = "company_id, sequence, lang"
    _rec_name = "kind"

    kind = fields.Selection(kinds.selection, "Notice", required=True, readonly=True)
    sequence = fields.Integer(readonly=True)
    lang = fields.Selection("_get_languages", "Language", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", "School", required=True, readonly=True, ondelete="cascade"
    )
    own_text = fields.Text("The school's text")
    text = fields.Text("Text", compute="_compute_text", inverse="_inverse_text")
    is_own = fields.Boolean("Own text", compute="_compute_is_own")
    is_on = fields.Boolean(
        "Said",
        compute="_compute_is_on",
        inverse="_inverse_is_on",
        help="In all languages. A classroom can have it otherwise.",
    )
    occasion = fields.Char("When", compute="_compute_words")
    hint = fields.Char("How it is written", compute="_compute_words")
    placeholders = fields.Html("Placeholders", compute="_compute_words", sanitize=False)
    fault = fields.Char("What is wrong", compute="_compute_preview")
    preview = fields.Html(compute="_compute_preview", sanitize=False)

    _sql_constraints = [
        ("one", "UNIQUE (company_id, kind, lang)", "There is such a text already."),
    ]

    @api.model
    def _get_languages(self):
        return self.env["res.lang"].get_installed()

    # -- what is shown --------------------------------------------------------------------------

    def name_get(self):
        names, languages = kinds.labels(self), dict(self._get_languages())
        return [
            (one.id, "%s (%s)" % (names.get(one.kind), languages.get(one.lang, one.lang)))
            for one in self
        ]

    def _built_in(self):
        return kinds.texts(self.with_context(lang=self.lang)).get(self.kind) or ""

    @api.depends("own_text", "kind", "lang")
    def _compute_text(self):
        for one in self:
            one.text = one.own_text or one._built_in()

    def _inverse_text(self):
        for one in self:
            text = (one.text or "").strip()
            one.own_text = False if text == one._built_in() else one.text
            # an empty text does not switch the notice off: the switch does
            if not text:
                raise ValidationError(one._said(TemplateError("empty")))

    @api.depends("own_text")
    def _compute_is_own(self):
        for one in self:
            one.is_own = bool(one.own_text)

    @api.depends("company_id.telegram_notices_off", "kind")
    def _compute_is_on(self):
        for one in self:
            one.is_on = one.company_id.sudo()._telegram_notice_is_on(one.kind)

    def _inverse_is_on(self):
        self.check_access_rights("write")
        self.check_access_rule("write")
        for one in self:
            one.company_id.sudo()._telegram_switch_notice(one.kind, one.is_on)

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_words(self):
        occasions = kinds.occasions(self)
        for template in self:
            template.occasion = occasions.get(template.kind)
            template.hint = _(
                'Bold is written <b>…</b>; <i>, <u>, <s>, <code>, <pre>, <blockquote> and <a href="…"> '
                "work likewise. A line with a placeholder that has nothing to say is left out."
            )
            rows = [
                "<tr><td><code>{%s}</code></td><td>%s</td><td class='text-muted'>%s</td></tr>"
                % (name, escape(what), escape(example))
                for name, what, example in (
                    kinds.explanations(self, template.kind) if template.kind else ()
                )
            ]
            template.placeholders = "<table class='table table-sm'>%s</table>" % "".join(rows)

    @api.depends("text", "kind", "lang")
    def _compute_preview(self):
        for template in self:
            template.fault, template.preview = False, False
            if not template.kind:
                continue
            try:
                template.preview = template._bubble(template._sample())
            except TemplateError as error:
                template.fault = template._said(error)

    def _sample(self):
        """Return the text as it is on the screen, with examples in it. Raises TemplateError."""
        spoken = self.with_context(lang=self.lang)
        examples = {name: said for name, _what, said in kinds.explanations(spoken, self.kind)}
        return render([(parse(self.text or "", kinds.OFFERED[self.kind]), examples)])

    @api.model
    def _bubble(self, html):
        """Return a message as Telegram shows it. html: the result of `rules.template.render`."""
        return (
            "<div style='background:#d5e4ee;padding:16px;border-radius:6px'>"
            "<div style='background:#fff;border-radius:10px;padding:8px 12px;max-width:420px;"
            "color:#000;white-space:pre-wrap;overflow-wrap:anywhere'>%s</div></div>" % html
        )

    @api.model
    def _said(self, error):
        """Return why a text cannot be used, in the user's language."""
        return kinds.refusals(self)[error.code] % {"what": error.what, "line": error.line}

    # -- the school's own texts -----------------------------------------------------------------

    @api.constrains("own_text")
    def _check_own_text(self):
        for one in self.filtered("own_text"):
            try:
                parse(one.own_text, kinds.OFFERED[one.kind])
            except TemplateError as error:
                raise ValidationError(self._said(error)) from None
        self._telegram_mended()

    def _telegram_mended(self):
        """Delete the activities about these texts, which can be used again."""
        subjects = [one._subject() for one in self]
        self.env["telegram.text.fault"].sudo().search([("subject", "in", subjects)]).unlink()

    def _subject(self):
        return "%s/%s/%s" % (self.company_id.id, self.kind, self.lang)

    def action_built_in(self):
        """Button: restore the built-in text."""
        self.write({"own_text": False})
        return True

    def action_test(self):
        """Button: send the text with examples to oneself, or to a group."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Send a test"),
            "res_model": "telegram.notice.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_template_id": self.id},
        }

    def _send_sample(self, chat):
        """Send a test to `chat`, else to the user through the bot. Raises UserError."""
        try:
            html = self._sample()
        except TemplateError as error:
            raise UserError(self._said(error)) from None
        spoken = self.with_context(lang=self.lang)
        if chat:
            return chat.sudo()._send("<i>%s</i>\n%s" % (spoken._test_word(), html), silent=True)
        contacts = self.env.user.partner_id.sudo()._telegram_contacts()
        if not contacts:
            raise UserError(
                _("You have not linked your Telegram: do that first, or choose a group.")
            )
        bot = self.env["telegram.bot"].sudo()
        return [bot._say(one.tg_user_id, html) for one in contacts]

    def _test_word(self):
        return _("Test of a text")

    # -- rows -----------------------------------------------------------------------------------

    @api.model
    def _fill(self, companies):
        """Create the rows that are missing."""
        known = {
            (one.company_id.id, one.kind, one.lang)
            for one in self.sudo().search([("company_id", "in", companies.ids)])
        }
        self.sudo().create(
            [
                {
                    "company_id": company.id,
                    "kind": kind,
                    "lang": lang,
                    "sequence": kinds.KINDS.index(kind),
                }
                for company in companies
                for kind in kinds.KINDS
                for lang, _name in self._get_languages()
                if (company.id, kind, lang) not in known
            ]
        )

    @api.model
    def _open(self):
        """Open the menu: all texts of the user's schools."""
        self.check_access_rights("read")
        self._fill(self.env.companies)
        return self.env.ref("telegram_school.telegram_notice_action").sudo().read()[0]

    # -- rendering ------------------------------------------------------------------------------

    @api.model
    def _render(self, company, said):
        """Return one message of several notices, one below the other, in the context's language.

        said: list of (kind, values as for `rules.template.render`, and `is_begun`: True if its
        lesson has begun, so that the start is not named any more). A text that cannot be used is
        replaced by the built-in one, and the administrators are told. Empty: nothing to say.
        """
        lang = self.env.context.get("lang") or "en_US"
        own = {
            one.kind: one
            for one in self.sudo().search(
                [
                    ("company_id", "=", company.id),
                    ("lang", "=", lang),
                    ("kind", "in", [kind for kind, _values in said]),
                    ("own_text", "!=", False),
                ]
            )
        }
        texts, begun = kinds.texts(self), kinds.begun_texts(self)
        built_in, parts = [], []
        for kind, values in said:
            values = dict(values)
            is_begun = values.pop("is_begun", False) and kind in begun
            text = (begun if is_begun else texts)[kind]
            ours = (parse(text, kinds.OFFERED[kind]), values)
            built_in.append(ours)
            template = own[kind]._parsed() if kind in own else None
            if template and is_begun and template.placeholders & kinds.PAST:
                template = None
            parts.append((template, values) if template else ours)
        # a school's text in which every line is left out would be an empty message
        return render(parts) or render(built_in)

    def _parsed(self):
        """Return the school's text, parsed; None if it cannot be used, which somebody is told."""
        try:
            return parse(self.own_text, kinds.OFFERED[self.kind])
        except TemplateError as error:
            self.env["telegram.text.fault"]._report(
                self._subject(), self.display_name, self.company_id, self._said(error)
            )
            return None

    @api.model
    def _check_all(self):
        """Check all own texts at an upgrade, which may offer other placeholders."""
        for one in self.sudo().search([("own_text", "!=", False)]):
            if one._parsed():
                one._telegram_mended()


def names_value(names, most, others):
    """Return the value of a list of names, each isolated from its neighbours' writing direction;
    those beyond `most` are counted, in the words of `others` (with one %s)."""
    pieces = []
    for name in names[:most]:
        pieces += [Name(name or ""), ", "]
    pieces = pieces[:-1]
    return pieces + ([others % (len(names) - most)] if len(names) > most else [])
