from odoo import _, api, models

from ...rules import erasure
from .telegram_personal_identity import FOLLOWING

#: Of other addons: what keeps the name of whom it was made for, though its field may be empty.
_DOCUMENTS = {"account.move"}
#: Of one model so many rows are named, and so many are looked at.
_NAMED, _LOOKED_AT = 3, 1000


class TelegramPersonalData(models.AbstractModel):
    """The person in what belongs to other addons: an erasure leaves it alone, so it waits while
    that needs the person, and says where they are named afterwards."""

    _inherit = "telegram.personal.data"

    @api.model
    def _personal_needing(self):
        """Hook for adapters: what cannot do without the person, as list of (model, name of a field
        that leads to them). These are the fields of other addons that must not be empty or forbid
        deletion, and those of invoices. Extend with super(); who declares a model in
        `_personal_data` answers for it."""
        declared = {holding.model for holding in self._personal_data()} | {"res.company"}
        declared |= {model for model, _field in FOLLOWING}  # which go with the person
        return [
            (name, field.name)
            for name, model in sorted(self.env.registry.items())
            if model._auto and not (model._abstract or model._transient) and name not in declared
            for field in model._fields.values()
            if field.type == "many2one"
            and field.store
            and field.comodel_name == "res.partner"
            and (
                name in _DOCUMENTS
                or (
                    field.ondelete != "cascade" and (field.required or field.ondelete == "restrict")
                )
            )
        ]

    @api.model
    def _personal_needed_by(self, person):
        """What needs the person now, for people: list of texts."""
        partners = person.partner | self._personal_find_addresses(person)
        rows = {}
        for name, field in self._personal_needing():
            model = self.env[name].sudo().with_context(active_test=False)
            if partners:
                found = model.search([(field, "in", partners.ids)])
                rows[name] = rows.get(name, model) | found
        return [
            "%s (%s): %s" % (self._personal_title(name), len(found), self._personal_some(found))
            for name, found in sorted(rows.items())
            if found
        ]

    @api.model
    def _personal_title(self, name):
        """A model's name as people read it."""
        return self.env["ir.model"].sudo()._get(name).name or name

    @api.model
    def _personal_some(self, records):
        names = [one.display_name or str(one.id) for one in records[:_NAMED]]
        return ", ".join(names + ["…"] * (len(records) > _NAMED))

    # -- where the person is named ----------------------------------------------------------------

    @api.model
    def _personal_named_in(self, person, only_others=False):
        """Where a word by which the person is known stands in a text, as {model: number of rows, of
        the first thousand that are looked at}. only_others: in what nobody declares. What
        another person is called, too, is nobody's trace."""
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        namesakes = partners.search(
            [("name", "in", sorted(person.words)), ("id", "!=", person.partner.id)]
        )
        words = person.words - set(namesakes.mapped("name"))
        if not words:
            return {}
        traces = erasure.Traces(person.label, words, (), person.others)
        declared = {holding.model for holding in self._personal_data()}
        found = {}
        for name in sorted(self.env.registry.keys()):
            if not (only_others and name in declared):
                count = self._personal_count_named(name, traces, erasure.likely(words, ()))
                found.update({name: count} if count else {})
        return found

    @api.model
    def _personal_count_named(self, name, traces, patterns):
        model = self.env[name].sudo()
        if model._abstract or model._transient or not model._auto or name.startswith("ir.model"):
            return 0
        names = [
            field.name
            for field in model._fields.values()
            if field.store
            and field.type in ("char", "text", "html")
            and field.column_type
            and not field.inherited
        ]
        if not names:
            return 0
        # what the gateway is yet to forget by is said by itself
        waiting = " AND kind <> 'forget'" if name == "telegram.outbox" else ""
        self.env.cr.execute(
            'SELECT %s FROM "%s" WHERE (%s)%s LIMIT %s'
            % (
                ", ".join('"%s"' % one for one in names),
                model._table,
                " OR ".join('"%s" ILIKE ANY (%%s)' % one for one in names),
                waiting,
                _LOOKED_AT,
            ),
            [patterns] * len(names),
        )
        return sum(
            any(traces.text(text) != text for text in row if text) for row in self.env.cr.fetchall()
        )

    @api.model
    def _personal_preview(self, person):
        """With what an erasure leaves alone: it names the person afterwards, too."""
        return super()._personal_preview(person) + [
            {
                "title": self._personal_title(name),
                "count": count,
                "erasure": "kept",
                "why": _("Belongs to another part of Odoo, and goes on naming the person."),
            }
            for name, count in self._personal_named_in(person, only_others=True).items()
        ]
