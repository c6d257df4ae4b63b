from odoo import _, api, fields, models

from ...privacy.holding import NAMELESS, Holding

#: Of a partner's own fields these stay: nobody is known by them, and the record must work.
_KEPT = {
    "active",
    "color",
    "company_id",
    "company_type",
    "is_company",
    "lang",
    "name",
    "telegram_erased_at",
    "telegram_erased_uid",
    "type",
    "tz",
}
#: Of a user's.
_KEPT_OF_USERS = {"active", "company_id", "login", "partner_id"}
#: Rows of Odoo's that only say that the person has to do with something.
FOLLOWING = (
    ("calendar.contacts", "partner_id"),
    ("mail.followers", "partner_id"),
    ("mail.notification", "res_partner_id"),
    ("mail.channel.partner", "partner_id"),
    ("res.partner.bank", "partner_id"),
)


class TelegramPersonalData(models.AbstractModel):
    """The person themselves: the record of the partner and of the user."""

    _inherit = "telegram.personal.data"

    @api.model
    def _personal_data(self):
        return [
            Holding(
                "res.partner",
                _("Person"),
                (),
                (),
                NAMELESS,
                find="_personal_find_partner",
                clean="_personal_clean_partner",
                why=_(
                    "A record without a name stays, archived, where something must stay whole: "
                    "sheets, enrolments, past lessons."
                ),
            ),
            Holding(
                "res.partner",
                _("Addresses of the person"),
                (),
                ("type", "name", "street", "zip", "city", "email", "phone"),
                find="_personal_find_addresses",
            ),
            Holding(
                "res.users",
                _("User of Odoo"),
                (),
                ("login", "login_date", "create_date"),
                NAMELESS,
                find="_personal_find_users",
                clean="_personal_clean_users",
                why=_("What the user did stays, without saying who it was."),
            ),
        ] + super()._personal_data()

    @api.model
    def _personal_obstacles(self, person):
        found = super()._personal_obstacles(person)
        partner = person.partner
        name = partner.display_name
        if person.users.filtered("active"):
            found.append(_("%s can still log in to Odoo: archive the user first.") % name)
        robots = self.env.ref("base.user_root") | self.env.ref("base.public_user")
        robots |= self.env.ref("telegram_base.user_doorbell")
        companies = self.env["res.company"].search([("partner_id", "=", partner.id)])
        if companies or person.users & robots:
            found.append(_("%s is no person: it is needed by Odoo itself.") % name)
        rows = self.env["telegram.roster"].search([("partner_id", "=", partner.id)])
        inside = rows.filtered(lambda row: row.status == "in").mapped("chat_id")
        if inside:
            found.append(
                _("%s still belongs to: %s. End the enrolment or the assignment there first.")
                % (name, ", ".join(inside.sorted("name").mapped("name")))
            )
        asked = rows.filtered(lambda row: row.status == "undecided").mapped("chat_id")
        if asked:
            found.append(
                _("It is not decided yet whether %s belongs to: %s. Decide first.")
                % (name, ", ".join(asked.sorted("name").mapped("name")))
            )
        accounts = self.env["telegram.account"].search(
            [("tg_user_id", "in", sorted(person.accounts))]
        )
        if accounts:
            found.append(
                _("%s uses the school's own Telegram account: unlink it from the person first.")
                % name
            )
        needed = self._personal_needed_by(person)
        if needed:
            found.append(
                _(
                    "Other records of Odoo need %s, and an erasure would damage them. Remove them or "
                    "give them to somebody else where that is allowed; else the person stays:\n%s"
                )
                % (name, "\n".join(needed))
            )
        return found

    @api.model
    def _personal_notes(self, person):
        """What one should know of besides the rows: list of sentences."""
        found = []
        contacts = self.env["telegram.contact"]
        for number in sorted(person.shared):
            others = contacts._partners(number) - person.partner
            found.append(
                _("The Telegram account is also used by %s: it stays theirs, and in their groups.")
                % ", ".join(others.mapped("display_name"))
            )
        if person.others & {person.partner.name}:
            found.append(
                _(
                    "Somebody else has the same name: it goes from sentences about them, too, since "
                    "nobody can tell whom these mean."
                )
            )
        people = person.partner.child_ids.filtered(lambda one: one.type == "contact")
        if people:
            found.append(
                _("These contacts below the person are people of their own, and stay: %s.")
                % ", ".join(people.mapped("name"))
            )
        if not self._personal_gateway_runs():
            found.append(
                _(
                    "No gateway runs now. All in Odoo is erased at once; the groups and what the "
                    "gateway holds follow when it is back."
                )
            )
        return found

    @api.model
    def _personal_gateway_runs(self):
        processes = self.env["telegram.process"]
        pools = set(self.env["telegram.account"].search([]).mapped("pool_name")) or {"main"}
        return all(processes._alive(pool) for pool in pools)

    @api.model
    def _personal_outcome(self, partner, named=None):
        """What was done, what was not, and what is yet to come, for the one who did it. named: where
        the person is named still, see `_personal_named_in`."""
        said = [_("Erased. No text in Odoo names the person any more.")]
        if named:
            places = ["%s (%s)" % (self._personal_title(one), named[one]) for one in sorted(named)]
            said = [
                _(
                    "Erased, but a name, an address or a number of the person still stands in: %s. "
                    "These belong to other parts of Odoo: look there yourself."
                )
                % ", ".join(places)
            ]
        said.append(_("What stands within files and in backups was not looked at."))
        if self._personal_is_waiting(partner):
            if self._personal_gateway_runs():
                said.append(
                    _("The gateway puts them out of the groups and forgets them within moments.")
                )
            else:
                said.append(
                    _(
                        "No gateway runs now: the command waits, and it puts them out of the groups "
                        "and forgets them when it is back. Their page says so until it is done."
                    )
                )
        return "\n".join(said)

    # -- finding ----------------------------------------------------------------------------------

    @api.model
    def _personal_find_partner(self, person):
        return person.partner

    @api.model
    def _personal_find_users(self, person):
        return person.users

    @api.model
    def _personal_find_addresses(self, person):
        """Contacts below the person that are addresses, and not people of their own."""
        return person.partner.child_ids.filtered(lambda one: one.type != "contact")

    # -- what the records themselves say ----------------------------------------------------------

    @api.model
    def _personal_fields(self, record, kept):
        """Names of the record's own stored fields that may say something of the person; also those
        that other addons bring."""
        inherited = set()
        for parent in record._inherits:
            inherited |= set(record.env[parent]._fields)
        return sorted(
            name
            for name, field in record._fields.items()
            if field.store
            and not field.compute
            and field.type not in ("one2many", "many2one_reference", "reference")
            and not field.automatic
            and name not in kept
            and name not in inherited
        )

    @api.model
    def _personal_emptied(self, record, names):
        """Values with which these fields say nothing."""
        defaults = record.default_get(names)
        values = {}
        for name in names:
            field = record._fields[name]
            if field.type == "many2many":
                values[name] = [(5, 0, 0)]
            elif field.type in ("selection", "boolean"):
                values[name] = defaults.get(name, False)
            elif not field.required:
                values[name] = False
        return values

    @api.model
    def _personal_clean_partner(self, person, partner):
        for model, field in FOLLOWING:
            if model in self.env:
                self.env[model].sudo().search([(field, "=", partner.id)]).unlink()
        self.env["ir.model.data"].sudo().search(
            [
                ("model", "=", "res.partner"),
                ("res_id", "=", partner.id),
                ("module", "in", ("__import__", "__export__")),
            ]
        ).unlink()
        self._personal_clean_leftovers(person)
        quiet = partner.with_context(tracking_disable=True, mail_notrack=True)
        # who is a person of their own keeps the address that they had from this one
        quiet.child_ids.write({"parent_id": False})
        values = self._personal_emptied(quiet, self._personal_fields(quiet, _KEPT))
        values["name"] = person.label
        if not partner.telegram_erased_at:
            values.update(
                telegram_erased_at=fields.Datetime.now(), telegram_erased_uid=self.env.uid
            )
        quiet.write(values)
        # by itself, since Odoo would take archived users for active ones here
        quiet.with_context(active_test=True).write({"active": False})

    @api.model
    def _personal_clean_users(self, _person, users):
        for user in users:
            quiet = user.with_context(tracking_disable=True, mail_notrack=True)
            values = self._personal_emptied(quiet, self._personal_fields(quiet, _KEPT_OF_USERS))
            values = {
                name: value
                for name, value in values.items()
                if quiet._fields[name].type not in ("many2many", "selection", "boolean")
            }
            values.pop("password", None)
            quiet.write(dict(values, login="erased-%s" % user.id))
        self._personal_write(users, {"password": None})

    @api.model
    def _personal_clean_leftovers(self, person):
        """Windows that were open about the person, and what the browsers of others are yet to be
        told."""
        for model in self.env.values():
            if not model._transient or model._abstract or not model._auto:
                continue
            names = [
                name
                for name, field in model._fields.items()
                if field.store
                and field.type in ("many2one", "many2many")
                and field.comodel_name == "res.partner"
            ]
            for name in names:
                model.sudo().search([(name, "in", person.partner.ids)]).unlink()
        self.env["base"].flush()
        self.env.cr.execute(
            "DELETE FROM bus_bus WHERE message ILIKE ANY (%s)", [self._personal_patterns(person)]
        )
