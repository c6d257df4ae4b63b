"""All data about a person as a file for them: JSON for programs, CSV for a spreadsheet, and a short
description, in the reader's language."""

import csv
import io
import json
import zipfile

from odoo import _, fields

from .own_records import personal_fields
from .rows import rows_of


class Export:
    """The tables of one `Person` as a ZIP. env: the reader's, for the language alone; data:
    `telegram.personal.data` as superuser, which reads the rows. Instants are UTC."""

    def __init__(self, env, data, person):
        self.env, self.data, self.person = env, data, person

    def file(self):
        """Return (name, bytes) of the ZIP."""
        tables = self._tables()
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(_("readme") + ".txt", self._readme(tables))
            archive.writestr(_("data") + ".json", self._json(tables))
            for table in tables:
                archive.writestr(table["file"], self._csv(table))
        return "%s-%s.zip" % (_("personal-data"), self.person.partner.id), buffer.getvalue()

    def _tables(self):
        """Return the tables: list of dicts(title, file, model, columns, rows: lists of values)."""
        tables = []
        for holding in self.data._personal_data():
            records = rows_of(self.data.env, self.person, holding)
            if not records:
                continue
            names = holding.shown or self._filled_fields(records)
            labels = records.fields_get(names, ["string"])
            tables.append(
                {
                    "title": holding.title,
                    "file": "%02d-%s.csv" % (len(tables) + 1, holding.model),
                    "model": holding.model,
                    "columns": self._columns([labels[name]["string"] for name in names]),
                    "rows": [[self._value(record, name) for name in names] for record in records],
                }
            )
        return tables

    def _columns(self, labels):
        """Return the labels, each once: a second `Name` is `Name (2)` if it is the second
        column."""
        return [
            label if label not in labels[:at] else "%s (%s)" % (label, at + 1)
            for at, label in enumerate(labels)
        ]

    def _filled_fields(self, records):
        """Return the fields of a person's record that have a value, the name first; without the
        database's own."""
        names = personal_fields(records, {"active", "name", "telegram_erased_uid", "password"})
        return [
            name
            for name in ["name"] + names
            if name in records._fields
            and records._fields[name].type != "binary"
            and any(record[name] for record in records)
        ]

    def _value(self, record, name):
        """Return a field's value as people read it: text, number, boolean or None."""
        field, value = record._fields[name], record[name]
        if field.type in ("many2one", "many2many", "one2many"):
            return ", ".join(linked.display_name or "" for linked in value) or None
        if field.type == "selection":
            return dict(field._description_selection(record.env)).get(value)
        if field.type == "datetime":
            return fields.Datetime.to_string(value) or None
        if field.type == "date":
            return fields.Date.to_string(value) or None
        if field.type == "integer" and not value and "tg_user" in name:
            return None
        if value is False and field.type != "boolean":
            return None
        return value

    def _json(self, tables):
        """Return the tables as one JSON text."""
        listed = [
            {
                "title": table["title"],
                "model": table["model"],
                "rows": [dict(zip(table["columns"], row)) for row in table["rows"]],
            }
            for table in tables
        ]
        return json.dumps(listed, ensure_ascii=False, indent=2, default=str)

    def _csv(self, table):
        """Return a table as UTF-8 with a byte order mark, which spreadsheets need."""
        stream = io.StringIO()
        writer = csv.writer(stream)
        for row in [table["columns"]] + table["rows"]:
            writer.writerow([self._cell(value) for value in row])
        return stream.getvalue().encode("utf-8-sig")

    def _cell(self, value):
        """Return a value for CSV: yes and no in words, and no text that a spreadsheet would run."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        # a spreadsheet would take it for a formula
        if isinstance(value, str) and value[:1] in ("=", "@", "\t", "\r"):
            return "'" + value
        return value

    def _readme(self, tables):
        """Return a page in the reader's language that says what the files are; bytes."""
        lines = [
            _("Personal data of %s") % self.person.partner.display_name,
            "",
            _("Written on %s (UTC) by %s, %s.")
            % (fields.Datetime.now(), self.env.user.name, self.env.company.name),
            _(
                "These files hold everything that the school's Odoo holds on this person for its "
                "classes and their Telegram groups. Times are UTC."
            ),
            _("Personal links and passwords are not among it: they are kept nowhere in the clear."),
            _("Each table is a file for a spreadsheet; all of them together are in %s.")
            % (_("data") + ".json"),
            "",
        ]
        lines += [
            "%s: %s (%s)" % (table["file"], table["title"], len(table["rows"])) for table in tables
        ]
        return "\r\n".join(lines + [""]).encode("utf-8-sig")
