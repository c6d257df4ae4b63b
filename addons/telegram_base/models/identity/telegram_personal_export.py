import csv
import io
import json
import zipfile

from odoo import _, api, fields, models


class TelegramPersonalData(models.AbstractModel):
    """All that is held on a person as a file to be handed to them: JSON for programmes, CSV for a
    spreadsheet, and a few words on what it is, in the language of the reader."""

    _inherit = "telegram.personal.data"

    @api.model
    def _personal_export(self, partner):
        """(name, bytes) of a ZIP in the user's language. Instants in it are UTC.

        Raises AccessError for all but Telegram's administrators.
        """
        self._check_may(partner)
        self.env["telegram.contact.log"]._looked(partner.ids)
        data = self.sudo().with_context(active_test=False)
        person = data._personal_person(partner, is_export=True)
        tables = data._personal_tables(person)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(_("readme") + ".txt", self._personal_readme(partner, tables))
            archive.writestr(_("data") + ".json", self._personal_json(tables))
            for table in tables:
                archive.writestr(table["file"], self._personal_csv(table))
        return "%s-%s.zip" % (_("personal-data"), partner.id), buffer.getvalue()

    @api.model
    def _personal_tables(self, person):
        """What there is: list of dicts(title, file, model, columns, rows: lists of values)."""
        tables = []
        for holding in self._personal_data():
            records = self._personal_records(person, holding)
            if not records:
                continue
            names = holding.shown or self._personal_filled(records)
            labels = records.fields_get(names, ["string"])
            tables.append(
                {
                    "title": holding.title,
                    "file": "%02d-%s.csv" % (len(tables) + 1, holding.model),
                    "model": holding.model,
                    "columns": self._personal_columns([labels[name]["string"] for name in names]),
                    "rows": [
                        [self._personal_value(record, name) for name in names] for record in records
                    ],
                }
            )
        return tables

    @api.model
    def _personal_columns(self, labels):
        """The labels, each once."""
        return [
            label if label not in labels[:at] else "%s (%s)" % (label, at + 1)
            for at, label in enumerate(labels)
        ]

    @api.model
    def _personal_filled(self, records):
        """Of a record of a person all fields that say something, but for what the database keeps
        for itself."""
        names = self._personal_fields(records, {"active", "telegram_erased_uid", "password"})
        return [
            name
            for name in ["name"] + [one for one in names if one != "name"]
            if name in records._fields
            and records._fields[name].type != "binary"
            and any(record[name] for record in records)
        ]

    @api.model
    def _personal_value(self, record, name):
        """A field's value as people read it: text, number, boolean or None."""
        field, value = record._fields[name], record[name]
        if field.type in ("many2one", "many2many", "one2many"):
            return ", ".join(one.display_name or "" for one in value) or None
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

    @api.model
    def _personal_json(self, tables):
        listed = [
            {
                "title": table["title"],
                "model": table["model"],
                "rows": [dict(zip(table["columns"], row)) for row in table["rows"]],
            }
            for table in tables
        ]
        return json.dumps(listed, ensure_ascii=False, indent=2, default=str)

    @api.model
    def _personal_csv(self, table):
        """UTF-8 with a mark that spreadsheets know it by; a text that a spreadsheet would take for
        a formula is set off by an apostrophe."""
        stream = io.StringIO()
        writer = csv.writer(stream)
        for row in [table["columns"]] + table["rows"]:
            writer.writerow([self._personal_cell(value) for value in row])
        return stream.getvalue().encode("utf-8-sig")

    @api.model
    def _personal_cell(self, value):
        if value is None:
            return ""
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, str) and value[:1] in ("=", "@", "\t", "\r"):
            return "'" + value
        return value

    @api.model
    def _personal_readme(self, partner, tables):
        user = self.env.user
        lines = [
            _("Personal data of %s") % partner.sudo().display_name,
            "",
            _("Written on %s (UTC) by %s, %s.")
            % (fields.Datetime.now(), user.name, self.env.company.name),
            _(
                "These files hold everything that the school's Odoo holds on this person for its "
                "classes and their Telegram groups. Times are UTC."
            ),
            _("Personal links and passwords are not among it: they are kept nowhere in the clear."),
            _("Each table is a file for a spreadsheet; all of them together are in %s.")
            % (_("data") + ".json"),
            "",
        ]
        lines += ["%s: %s (%s)" % (one["file"], one["title"], len(one["rows"])) for one in tables]
        return "\r\n".join(lines + [""]).encode("utf-8-sig")
