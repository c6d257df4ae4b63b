"""Computed lines of a lesson: kept in our own table, and merged into the school's sheet."""

import json

from odoo import fields

from ...rules.sheet_merge import merge
from ..identity.persons import Persons
from ..membership import roster
from ..service import LessonService

#: Columns of `telegram.attendance` that a computed line brings as they are.
_PLAIN = (
    *("role", "status", "arrived_at", "departed_at"),
    *("minutes", "minutes_low", "minutes_high", "percentage"),
)


def plain(line, name, value):
    """Return `value` of the line's field `name` in a form that JSON can hold: text, number, boolean
    or None."""
    field = line._fields[name]
    result = field.convert_to_write(
        field.convert_to_record(field.convert_to_cache(value, line), line), line
    )
    if field.type == "datetime":
        return fields.Datetime.to_string(result) if result else None
    if field.type == "date":
        return fields.Date.to_string(result) if result else None
    return result


class SchoolSheet(LessonService):
    """Stores the computed lines of a lesson, and writes them into the school's sheet."""

    def rows(self):
        """Return {id of res.partner: its `telegram.attendance`} of this lesson, as superuser."""
        found = self.env["telegram.attendance"].sudo().search([("lesson_id", "=", self.row.id)])
        return {row.partner_id.id: row for row in found}

    def keep(self, lines):
        """Store the computed lines (as of `LessonSheet.compute`) in our own rows.

        A corrected status stays. Rows of people who are not expected any more are deleted, unless
        somebody corrected them; rows of erased people stay as they are.
        """
        known, new = self.rows(), []
        for line in lines:
            partner = line["partner"]
            values = {name: line[name] for name in _PLAIN}
            values.update(evidence=",".join(line["evidence"]), person_name=partner.name or "")
            values["computed_status"] = line["status"]
            row = known.pop(partner.id, None)
            if row is None:
                new.append(dict(values, lesson_id=self.row.id, partner_id=partner.id))
                continue
            if row.is_corrected:
                del values["status"]
            changes = {
                name: value
                for name, value in values.items()
                if plain(row, name, value) != plain(row, name, row[name])
            }
            if changes:
                row.write(changes)
        self.env["telegram.attendance"].sudo().create(new)
        for row in known.values():
            if not row.partner_id.telegram_erased_at and not row.is_corrected:
                row.unlink()

    def merge(self, model, lines):
        """Merge the computed lines into the school's sheet; only what differs is written.

        model: the school's lines, which have `telegram.attendance.mixin`. Lines of people who are
        no longer expected are deleted, unless a person has changed them. Lines of erased people
        stay as they are: nothing is known of them any more.
        """
        rows, existing, erased = self.rows(), {}, set()
        theirs = model.search([(model._telegram_lesson_field, "=", self.lesson.id)])
        for line_id, partner in theirs._telegram_partners().items():
            line = model.browse(line_id)
            if partner.telegram_erased_at:
                erased.add(partner.id)
            else:
                existing[partner.id] = existing.get(partner.id, model.browse()) | line
        partners = [line["partner"] for line in lines]
        persons = self._persons(model, self.env["res.partner"].union(*partners))
        new, seen = [], set()
        for line in lines:
            partner_id = line["partner"].id
            if partner_id in seen or partner_id in erased:
                continue
            seen.add(partner_id)
            values = model._telegram_values(self.lesson, line)
            row = rows.get(partner_id)
            if partner_id in existing:
                # two contacts that were merged into one may have left two lines
                base = json.loads(row.written) if row and row.written else None
                for own in existing[partner_id]:
                    self._merge_line(own, row, dict(values), base)
            elif partner_id in persons:
                new.append((row, values, persons[partner_id].id))
        self._create(model, new)
        for partner_id, group in existing.items():
            if partner_id not in seen:
                group.filtered(lambda line: not line._telegram_is_kept()).unlink()

    def as_corrected(self, lines):
        """Return the computed lines with the status that people gave them; for a school that has no
        sheet of its own."""
        if self.lesson._telegram_sheet_field:
            return lines
        by_hand = self.by_hand()
        return [
            dict(line, status=by_hand.get(line["partner"].id, line["status"])) for line in lines
        ]

    def by_hand(self):
        """Return {id of res.partner: status} of the lines that a person corrected, as they stand in
        the school's sheet; in our own rows where it has none."""
        field = self.lesson._telegram_sheet_field
        if not field:
            rows = self.rows().items()
            return {partner_id: row.status for partner_id, row in rows if row.is_corrected}
        if field.partition(".")[0] not in self.lesson._fields:
            return {}
        lines = self.lesson.mapped(field)
        column = lines._telegram_columns.get("status")
        kept = lines.filtered(lambda line: column and line._telegram_is_kept())
        partners = kept._telegram_partners()
        return {
            partners[line.id].id: line[column]
            for line in kept
            if line.id in partners and line[column]
        }

    def _persons(self, model, partners):
        """Return {id of a partner: the record that stands for them in a new line}. Of several, the
        one by which the class knows them comes first."""
        name = model._fields[model._telegram_person_field].comodel_name
        records_by_partner = Persons(self.env).records(name, partners)
        if any(len(records) > 1 for records in records_by_partner.values()):
            listed = roster.ClassRoster(self.lesson._telegram_classroom().sudo()).listed()
            ids = {person.id for person, _entry in listed if person._name == name}
            records_by_partner = {
                key: records.sorted(lambda record: record.id not in ids)
                for key, records in records_by_partner.items()
            }
        return {key: records[:1] for key, records in records_by_partner.items()}

    def _merge_line(self, own, row, values, base):
        """Merge `values` into the line `own` of the school's sheet, and remember the new base in
        `row`. base: what was written last, {field: value as of `plain`}; None if nothing is known.
        """
        if own._telegram_is_kept():
            values.pop(own._telegram_columns.get("status"), None)
        is_marked = own._telegram_marks_corrections
        merged = merge(
            {name: plain(own, name, value) for name, value in values.items()},
            {name: plain(own, name, own[name]) for name in values},
            None if is_marked else base,
            is_marked or own._telegram_is_untouched(),
        )
        if merged.write:
            own.write({name: values[name] for name in merged.write})
        self._remember(row, merged.base)

    def _create(self, model, new):
        """Create lines in the school's sheet and remember what was written. new: list of (our row,
        values, id of the person's record)."""
        if not new:
            return
        parent = model._telegram_parent_values(self.lesson)
        created = model.create(
            [
                dict(
                    values,
                    **{model._telegram_person_field: person_id},
                    **parent,
                )
                for _row, values, person_id in new
            ]
        )
        for line, (row, values, _person_id) in zip(created, new):
            self._remember(row, {name: plain(line, name, line[name]) for name in values})

    def _remember(self, row, base):
        written = json.dumps(base, sort_keys=True)
        if row and row.written != written:
            row.written = written
