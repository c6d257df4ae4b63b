"""The person in the data of other addons, which an erasure leaves alone. It waits while they need
the person, and lists afterwards the places that still name the person."""

from odoo import _

from ..rules import erasure
from .own_records import FOLLOWING, find_addresses

#: Models of other addons that keep the name of their partner, although the field may be empty.
_DOCUMENTS = {"account.move"}
#: The number of rows of one model that are named, and of rows in which a name is searched.
_NAMED, _READ = 3, 1000


def needing_fields(env, declared):
    """Return [(model, field)] of other addons that lead to a partner and cannot do without one.

    Those are fields that must not be empty or that forbid deletion, and those of invoices.
    declared: names of the models that holdings declare.
    """
    declared = declared | {"res.company"} | {model for model, _field in FOLLOWING}
    return [
        (name, field.name)
        for name, model in sorted(env.registry.items())
        if model._auto and not (model._abstract or model._transient) and name not in declared
        for field in model._fields.values()
        if field.type == "many2one"
        and field.store
        and field.comodel_name == "res.partner"
        and (
            name in _DOCUMENTS
            or (field.ondelete != "cascade" and (field.required or field.ondelete == "restrict"))
        )
    ]


def model_title(env, name):
    """Return a model's name as people read it."""
    return env["ir.model"].sudo()._get(name).name or name


class Elsewhere:
    """Traces of one `Person` in models that no holding declares. env: as superuser."""

    def __init__(self, env, person):
        self.env, self.person = env, person

    def needed_by(self):
        """Return sentences, one per model whose rows need the person now: title, number, some
        names."""
        partners = self.person.partner | find_addresses(self.person)
        rows = {}
        for name, field in self.env["telegram.personal.data"]._personal_needing():
            model = self.env[name].sudo().with_context(active_test=False)
            if partners:
                rows[name] = rows.get(name, model) | model.search([(field, "in", partners.ids)])
        return [
            "%s (%s): %s" % (model_title(self.env, name), len(records), self._some_names(records))
            for name, records in sorted(rows.items())
            if records
        ]

    def _some_names(self, records):
        names = [record.display_name or str(record.id) for record in records[:_NAMED]]
        return ", ".join(names + ["…"] * (len(records) > _NAMED))

    def preview(self):
        """Return lines of the preview for rows that name the person and that an erasure leaves
        alone."""
        return [
            {
                "title": model_title(self.env, name),
                "count": count,
                "erasure": "kept",
                "why": _("Belongs to another part of Odoo, and goes on naming the person."),
            }
            for name, count in self.named_in(only_undeclared=True).items()
        ]

    def named_in(self, only_undeclared=False):
        """Return {model: number of rows} that contain a word by which the person is known, among
        the first thousand that are read. A word that is another person's name, too, does not
        count."""
        person = self.person
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        namesakes = partners.search(
            [("name", "in", sorted(person.words)), ("id", "!=", person.partner.id)]
        )
        words = person.words - set(namesakes.mapped("name"))
        if not words:
            return {}
        traces = erasure.Traces(person.label, words, (), person.others)
        patterns = erasure.likely(words, ())
        holdings = self.env["telegram.personal.data"]._personal_data()
        skipped = {holding.model for holding in holdings} if only_undeclared else set()
        counts = {
            name: self._count_naming(name, traces, patterns)
            for name in sorted(self.env.registry.keys())
            if name not in skipped
        }
        return {name: count for name, count in counts.items() if count}

    def _count_naming(self, name, traces, patterns):
        """Return the number of the model's rows, among the first thousand, with a trace in one of
        their texts."""
        model = self.env[name].sudo()
        if model._abstract or model._transient or not model._auto or name.startswith("ir.model"):
            return 0
        columns = [
            field.name
            for field in model._fields.values()
            if field.store
            and field.type in ("char", "text", "html")
            and field.column_type
            and not field.inherited
        ]
        if not columns:
            return 0
        # the outcome says already that a gateway has yet to forget the person
        but_waiting = " AND kind <> 'forget'" if name == "telegram.outbox" else ""
        self.env.cr.execute(
            'SELECT %s FROM "%s" WHERE (%s)%s LIMIT %s'
            % (
                ", ".join('"%s"' % column for column in columns),
                model._table,
                " OR ".join('"%s" ILIKE ANY (%%s)' % column for column in columns),
                but_waiting,
                _READ,
            ),
            [patterns] * len(columns),
        )
        return sum(
            any(traces.text(text) != text for text in row if text) for row in self.env.cr.fetchall()
        )
