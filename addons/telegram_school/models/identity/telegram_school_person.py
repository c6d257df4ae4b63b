from psycopg2 import sql

from odoo import api, fields, models
from odoo.tools.sql import table_exists

from ...services.identity.persons import Persons


class TelegramSchoolPerson(models.Model):
    """The contact that stands for a person whose record at the school leads to none.

    Several records may share a contact, after it was merged with another one.
    """

    _name = "telegram.school.person"
    _description = "Telegram: contact of a person of the school"
    _rec_name = "partner_id"

    res_model = fields.Char("Model", required=True, readonly=True, copy=False)
    res_id = fields.Integer(
        "Record", required=True, readonly=True, copy=False, group_operator=False
    )
    partner_id = fields.Many2one(
        "res.partner", "Person", required=True, readonly=True, index=True, ondelete="cascade"
    )
    is_own = fields.Boolean(
        "Made by Telegram",
        readonly=True,
        default=True,
        help="The contact was made for this record and follows it. Not so once it was united with a "
        "contact that was there before.",
    )

    _sql_constraints = [
        ("person_unique", "UNIQUE (res_model, res_id)", "This person has a contact already."),
    ]

    @api.model
    def _link(self, records, partners):
        """Store each record's partner, and return the rows. A transaction that does the same at the
        same moment waits, fails, is repeated by Odoo, and finds the rows."""
        self.env["base"].flush()
        self.env.cr.execute(
            "INSERT INTO telegram_school_person AS p (res_model, res_id, partner_id, is_own,"
            " create_uid, create_date, write_uid, write_date)"
            " SELECT %(model)s, r.res_id, r.partner_id, true, %(uid)s, now() AT TIME ZONE 'UTC',"
            " %(uid)s, now() AT TIME ZONE 'UTC'"
            " FROM unnest(%(records)s::int[], %(partners)s::int[]) AS r (res_id, partner_id)"
            " ON CONFLICT (res_model, res_id) DO UPDATE SET partner_id = p.partner_id RETURNING id",
            {
                "model": records._name,
                "uid": self.env.uid,
                "records": records.ids,
                "partners": partners.ids,
            },
        )
        return self.browse([row[0] for row in self.env.cr.fetchall()])

    @api.model
    def _sweep(self):
        """Archive the contacts that we made for records that were deleted, in SQL or by a cascade;
        their history is kept with them."""
        self.flush()
        self.env.cr.execute("SELECT DISTINCT res_model FROM telegram_school_person")
        for name in [row[0] for row in self.env.cr.fetchall()]:
            if name not in self.env or not table_exists(self.env.cr, self.env[name]._table):
                continue  # its module was uninstalled, and may come back
            self.env.cr.execute(
                sql.SQL(
                    "SELECT p.id FROM telegram_school_person AS p WHERE p.res_model = %s"
                    " AND NOT EXISTS (SELECT 1 FROM {table} AS r WHERE r.id = p.res_id)"
                ).format(table=sql.Identifier(self.env[name]._table)),
                [name],
            )
            gone = self.sudo().browse([row[0] for row in self.env.cr.fetchall()])
            own = gone.filtered("is_own").mapped("partner_id")
            gone.unlink()
            # another record may stand for the same person
            kept = self.sudo().search([("partner_id", "in", own.ids)]).mapped("partner_id")
            (own - kept).filtered("active").write({"active": False})


class TelegramPersonMixin(models.AbstractModel):
    """A person of a school's own model. It is not needed if a `_telegram_person_field` leads to the
    model; with it, a contact that we made follows at once, else within the hour."""

    _name = "telegram.person.mixin"
    _description = "Person of the school"

    #: The field that leads to the person's own contact, if there is one; False if `partner_id` is
    #: somebody else: the payer, a parent.
    _telegram_partner_field = "partner_id"

    def write(self, vals):
        result = super().write(vals)
        Persons(self.env).refresh(self)
        return result

    def unlink(self):
        result = super().unlink()
        self.env["telegram.school.person"]._sweep()
        return result
