"""The records that are the person: partner, addresses, users; and how they are emptied."""

from odoo import fields

from ..rules import erasure
from .rows import write_columns

#: Fields of a partner that stay: they identify nobody, and the record must work.
_KEPT_OF_PARTNER = {
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
_KEPT_OF_USER = {"active", "company_id", "login", "partner_id"}
#: Odoo's rows that only link the person to something: they are deleted with the person.
FOLLOWING = (
    ("calendar.contacts", "partner_id"),
    ("mail.followers", "partner_id"),
    ("mail.notification", "res_partner_id"),
    ("mail.channel.partner", "partner_id"),
    ("res.partner.bank", "partner_id"),
)


def find_partner(person):
    """Return the partner as a holding's rows."""
    return person.partner


def find_users(person):
    """Return the person's users of Odoo as a holding's rows."""
    return person.users


def find_addresses(person):
    """Return the contacts below the person that are addresses, and not people of their own."""
    return person.partner.child_ids.filtered(lambda child: child.type != "contact")


def personal_fields(record, kept):
    """Return the names of the record's own stored fields that may contain personal data, sorted,
    including those of other addons. kept: names to leave out."""
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


def _empty_values(record, names):
    """Return values that empty these fields: their default if they must have a value."""
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


def clean_partner(person, partner):
    """Empty the partner's record and archive it: it keeps a label in place of the name."""
    env = partner.env
    for model, field in FOLLOWING:
        if model in env:
            env[model].sudo().search([(field, "=", partner.id)]).unlink()
    env["ir.model.data"].sudo().search(
        [
            ("model", "=", "res.partner"),
            ("res_id", "=", partner.id),
            ("module", "in", ("__import__", "__export__")),
        ]
    ).unlink()
    _clean_open_windows(env, person)
    quiet = partner.with_context(tracking_disable=True, mail_notrack=True)
    # a child that is a person of their own keeps the address that they had from this one
    quiet.child_ids.write({"parent_id": False})
    values = _empty_values(quiet, personal_fields(quiet, _KEPT_OF_PARTNER))
    values["name"] = person.label
    if not partner.telegram_erased_at:
        values.update(telegram_erased_at=fields.Datetime.now(), telegram_erased_uid=env.uid)
    quiet.write(values)
    # alone, since Odoo would treat archived users as active ones here
    quiet.with_context(active_test=True).write({"active": False})


def clean_users(_person, users):
    """Empty the users' own fields, and give them a meaningless login and no password."""
    for user in users:
        quiet = user.with_context(tracking_disable=True, mail_notrack=True)
        values = {
            name: value
            for name, value in _empty_values(quiet, personal_fields(quiet, _KEPT_OF_USER)).items()
            if quiet._fields[name].type not in ("many2many", "selection", "boolean")
        }
        values.pop("password", None)
        quiet.write(dict(values, login="erased-%s" % user.id))
    write_columns(users, {"password": None})


def _clean_open_windows(env, person):
    """Delete wizards that lead to the person, and messages that browsers have not fetched yet."""
    for model in env.values():
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
    env["base"].flush()
    env.cr.execute(
        "DELETE FROM bus_bus WHERE message ILIKE ANY (%s)",
        [erasure.likely(person.words, person.seen)],
    )
