"""Partners of the school's people, and back: the one place where ids of one model become ids of
another.

The product knows people as `res.partner`. A school may have them as users, as records that lead to
a partner (`_inherits`, or a field `partner_id`), or as records without one. For the latter a
partner is made once their class gets its group, and kept in `telegram.school.person`.
"""

from odoo import _
from odoo.exceptions import UserError

#: Fields that a partner of our making takes over from the school's record, if it has them.
_COPIED = ("email", "phone", "mobile")
#: The mixins whose records name a person in a field.
_NAMING = ("telegram.enrolment.mixin", "telegram.attendance.mixin")


def partner_field(model):
    """Return the name of the field by which records of `model` lead to their own res.partner; None
    without one. `telegram.person.mixin` may name it."""
    own = getattr(model, "_telegram_partner_field", "partner_id")
    names = (own and model._inherits.get("res.partner"), own)
    for name in filter(None, names):
        field = model._fields.get(name)
        # one that is computed and not stored cannot be searched
        if field is not None and field.type == "many2one" and (field.store or field.related):
            if field.comodel_name == "res.partner":
                return name
    return None


class Persons:
    """Finds the partners of records of any model of people, in batches.

    Works as superuser and includes archived records: the lines of an archived pupil still need a
    name.
    """

    def __init__(self, env):
        self.env = env(su=True)

    def models(self):
        """Return the names of the models whose records are people: contacts, users, the targets of
        the adapters' person fields, and models with `telegram.person.mixin`."""
        registry = self.env.registry
        names = {"res.partner", "res.users"}
        names |= set(registry.descendants(["telegram.person.mixin"], "_inherit"))
        for mixin in _NAMING:
            for name in registry.descendants([mixin], "_inherit"):
                field = self.env[name]._fields.get(self.env[name]._telegram_person_field)
                if field is not None and field.comodel_name:
                    names.add(field.comodel_name)
        return {name for name in names if not self.env[name]._abstract}

    def check(self, records):
        """Raise UserError for records of a model that has no people: their ids must not be taken
        for those of people."""
        is_person = records._name in self.models()
        heirs = set(records._inherits)
        if not is_person and not heirs & {"res.partner", "res.users"}:
            raise UserError(
                _(
                    "The adapter gives a record of “%(model)s” (%(name)s) for a person. People are "
                    "contacts, users, or records of a model to which a `_telegram_person_field` "
                    "leads or that inherits `telegram.person.mixin`."
                )
                % {"model": records._name, "name": records[:1].display_name or "–"}
            )

    def by_id(self, records, make=False):
        """Return {id of a record: its res.partner} for records of one model of people.

        make: make partners for those who have none, and bring those of our making up to date;
        without it they are left out.
        Raises UserError for a model that has no people.
        """
        if records._name == "res.partner":
            return {record.id: record for record in records.with_env(self.env)}
        self.check(records)
        records = records.with_env(self.env).with_context(active_test=False).exists()
        name = partner_field(records)
        partners = {one.id: one[name] for one in records if one[name]} if name else {}
        others = records.filtered(lambda one: one.id not in partners)
        if others:
            rows = self._rows(others)
            known = {row.res_id for row in rows}
            if make:
                self._refresh(others, rows)
                rows |= self._make(others.filtered(lambda one: one.id not in known))
            partners.update({row.res_id: row.partner_id for row in rows})
        return {key: partner.with_env(self.env) for key, partner in partners.items()}

    def partners(self, records, make=False):
        """Return the partners of records of one model of people, in their order; see `by_id`."""
        found = self.by_id(records, make)
        partners = self.env["res.partner"]
        return partners.browse(found[key].id for key in records.ids if key in found)

    def of_each(self, records, make=False):
        """Return a list of the partner of each record, whatever its model; an empty res.partner for
        records without one. The records of a model are read in one batch."""
        ids = {}
        for record in records:
            ids.setdefault(record._name, []).append(record.id)
        partners = {
            name: self.by_id(self.env[name].browse(dict.fromkeys(group)), make)
            for name, group in ids.items()
        }
        nobody = self.env["res.partner"]
        return [partners[record._name].get(record.id, nobody) for record in records]

    def records(self, name, partners):
        """Return {id of a partner: their records in the model `name`}, the best first: active
        before archived, newest before oldest. Partners without a record are left out."""
        if name == "res.partner":
            return {partner.id: partner for partner in partners.with_env(self.env)}
        model = self.env[name].with_context(active_test=False)
        self.check(model)
        field = partner_field(model)
        by_partner = {}
        if field:
            for record in model.search([(field, "in", partners.ids)], order="id desc"):
                by_partner.setdefault(record[field].id, model.browse())
                by_partner[record[field].id] |= record
        rows = self.env["telegram.school.person"].search(
            [("res_model", "=", name), ("partner_id", "in", partners.ids)], order="res_id desc"
        )
        there = model.browse(rows.mapped("res_id")).exists()
        for row in rows.filtered(lambda row: row.res_id in there.ids):
            record = model.browse(row.res_id)
            # a record that has a partner of its own by now belongs to that one
            if not (field and record[field]):
                by_partner[row.partner_id.id] = (
                    by_partner.get(row.partner_id.id, model.browse()) | record
                )
        if "active" in model._fields:
            by_partner = {
                key: group.sorted(lambda one: not one.active) for key, group in by_partner.items()
            }
        return by_partner

    # -- partners of our making ------------------------------------------------------------------

    def _rows(self, records):
        domain = [("res_model", "=", records._name), ("res_id", "in", records.ids)]
        return self.env["telegram.school.person"].search(domain)

    def _values(self, record):
        """Return the values of the partner that stands for a record of the school."""
        title = self.env["ir.model"]._get(record._name).name
        values = {"name": record.display_name or "%s %s" % (title, record.id)}
        values.update(
            {name: record[name] for name in _COPIED if name in record._fields and record[name]}
        )
        if "company_id" in record._fields:
            values["company_id"] = record.company_id.id
        if "active" in record._fields:
            values["active"] = record.active
        lang = "lang" in record._fields and record.lang
        if lang in dict(self.env["res.lang"].get_installed()):
            values["lang"] = lang
        return values

    def _make(self, records):
        """Make the partners of these records; return their rows."""
        rows = self.env["telegram.school.person"]
        if not records:
            return rows
        partners = self.env["res.partner"].with_context(tracking_disable=True)
        made = partners.create([self._values(record) for record in records])
        return rows._link(records, made)

    def refresh(self, records):
        """Bring the partners that we made for these records up to date."""
        records = records.with_env(self.env).with_context(active_test=False).exists()
        self._refresh(records, self._rows(records))

    def _refresh(self, records, rows):
        """Write what differs. A contact that somebody else maintains is left alone; an erased one
        stays without a name."""
        mine = rows.filtered(lambda row: row.is_own and not row.partner_id.telegram_erased_at)
        records = {record.id: record for record in records}
        for row in mine.filtered(lambda row: row.res_id in records):
            partner = row.partner_id.with_context(tracking_disable=True)
            values = self._values(records[row.res_id])
            now = dict({name: partner[name] for name in values}, company_id=partner.company_id.id)
            changes = {name: value for name, value in values.items() if now[name] != value}
            if changes:
                partner.write(changes)
