from odoo import SUPERUSER_ID, api, models

from .telegram_contact_log import BECAME, PRIVATE


class TelegramContact(models.Model):
    """What people see and change of identities is logged: see `telegram.contact.log`."""

    _inherit = "telegram.contact"

    @api.model_create_multi
    def create(self, vals_list):
        contacts = super().create(vals_list)
        self.env["telegram.contact.log"]._changed(
            [(one.partner_id.id, BECAME[one.state], one._account(), None, None) for one in contacts]
        )
        return contacts

    def write(self, vals):
        if not {"state", "partner_id", "phone"} & set(vals):
            return super().write(vals)
        before = {one: (one.state, one.partner_id, one.phone) for one in self.sudo()}
        result = super().write(vals)
        rows = []
        for one, (state, partner, phone) in before.items():
            account = one._account()
            if one.partner_id != partner:
                for whose in (partner, one.partner_id):
                    names = (partner.display_name, one.partner_id.display_name)
                    rows.append((whose.id, "moved", account) + names)
            if one.state != state:
                rows.append((one.partner_id.id, BECAME[one.state], account, None, None))
            if (one.phone or "") != (phone or ""):
                change = (phone or None, one.phone or None)
                rows.append((one.partner_id.id, "phone", account) + change)
        self.env["telegram.contact.log"]._changed(rows)
        return result

    def _account(self):
        return "%s (%s)" % (self.name, self.tg_user_id) if self.name else str(self.tg_user_id)

    def _read(self, fields):
        super()._read(fields)
        if self and not self.env.su and PRIVATE & set(fields):
            # others were not read: Odoo raises once somebody asks for their values
            seen = self._filter_access_rules("read").sudo()
            self.env["telegram.contact.log"]._looked(seen.mapped("partner_id").ids)


class TelegramQuestion(models.Model):
    """As above: a question names the account that it is about."""

    _inherit = "telegram.question"

    def _read(self, fields):
        super()._read(fields)
        if self and not self.env.su:
            seen = self._filter_access_rules("read").sudo()
            self.env["telegram.contact.log"]._looked(seen.mapped("contact_id.partner_id").ids)


class TelegramPerson(models.Model):
    """As above: the list of everybody shows usernames."""

    _inherit = "telegram.person"

    def _read(self, fields):
        super()._read(fields)
        if self and not self.env.su and "username" in fields:
            seen = self._filter_access_rules("read").sudo()
            self.env["telegram.contact.log"]._looked(seen.filtered("username").ids)


class ResPartner(models.Model):
    """As above."""

    _inherit = "res.partner"

    @api.depends("telegram_contact_ids.state", "telegram_contact_ids.username")
    def _compute_telegram_username(self):
        self.flush()
        self.env.cr.execute(
            "SELECT id, username FROM telegram_person WHERE id = ANY (%s) AND username <> ''",
            [self.ids],
        )
        names = dict(self.env.cr.fetchall())
        for partner in self:
            partner.telegram_username = names.get(partner.id)
        if self.env.uid != SUPERUSER_ID:  # computed as root, for whoever reads it
            self.env["telegram.contact.log"]._looked(list(names))

    def _export_rows(self, fields, *args, **kwargs):
        # Odoo looks at the groups of a field when it reads it, not when it computes it
        self.check_field_access_rights("read", [path[0] for path in fields if path])
        return super()._export_rows(fields, *args, **kwargs)

    def action_telegram_log(self):
        """Button: who looked at or changed this person's Telegram identity."""
        self.ensure_one()
        action = self.env.ref("telegram_base.telegram_contact_log_action").sudo().read()[0]
        action["domain"] = [("partner_id", "=", self.id)]
        return action


class ResUsers(models.Model):
    """A user has the person's fields."""

    _inherit = "res.users"

    def _export_rows(self, fields, *args, **kwargs):
        self.check_field_access_rights("read", [path[0] for path in fields if path])
        return super()._export_rows(fields, *args, **kwargs)
