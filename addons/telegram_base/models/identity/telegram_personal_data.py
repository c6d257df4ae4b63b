import re

from psycopg2 import IntegrityError

from odoo import _, api, models
from odoo.exceptions import AccessError, UserError
from odoo.osv import expression

from ...fields import BigInteger
from ...privacy.holding import DELETED, GATEWAY, KEPT, Person
from ...rules import erasure

#: People may call themselves anything on Telegram: a shorter word is one of any sentence.
_SHORTEST = 4


class TelegramPersonalData(models.AbstractModel):
    """What is held on a person, wherever it is: shown, handed out and erased by what each addon
    declares in `_personal_data`."""

    _name = "telegram.personal.data"
    _description = "Personal data"

    # -- hooks for adapters and further addons ----------------------------------------------------

    @api.model
    def _personal_data(self):
        """Where data about people is kept: list of `personal.Holding`. Extend it with super() by
        your own models; what is declared here is in the export and the preview, and goes or stays
        in an erasure as it says. In the order of the preview."""
        return []

    @api.model
    def _personal_obstacles(self, person):
        """What must be done before this `personal.Person` may be erased: list of sentences."""
        return []

    @api.model
    def _personal_text_models(self):
        """Names of the models in whose history our sentences name people."""
        names = {name for name in self.env.registry.keys() if name.startswith("telegram.")}
        return names | {"res.partner"} | self._personal_descendants("telegram.chat.owner.mixin")

    @api.model
    def _personal_descendants(self, name):
        """Names of the models that inherit this one."""
        return set(self.env.registry.descendants([name], "_inherit", "_inherits"))

    # -- who --------------------------------------------------------------------------------------

    @api.model
    def _check_may(self, partner=None):
        """Raises AccessError for all but Telegram's administrators, and for people of a company
        that is not theirs."""
        if not (self.env.su or self.env.user.has_group("telegram_base.group_manager")):
            raise AccessError(
                _("Only a Telegram administrator may export or erase a person's data.")
            )
        if partner is not None:
            partner.with_user(self.env.user).check_access_rule("read")

    @api.model
    def _personal_person(self, partner, is_export=False):
        """The `personal.Person` of this partner."""
        partner = partner.sudo().with_context(active_test=False)
        users = partner.env["res.users"].search([("partner_id", "=", partner.id)])
        contacts = partner.env["telegram.contact"]
        own = contacts.search([("partner_id", "=", partner.id)])
        theirs = own.filtered(lambda one: one.state != "suggested")
        ids = {one.tg_user_id for one in theirs}
        elsewhere = contacts.search(
            [
                ("tg_user_id", "in", sorted(ids)),
                ("partner_id", "!=", partner.id),
                ("state", "=", "confirmed"),
            ]
        )
        shared = {one.tg_user_id for one in elsewhere}
        linked = {one.tg_user_id for one in theirs if one.state == "confirmed"}
        words = self._personal_words(partner, users, own, ids - shared)
        names = sorted(word for word in words if word)
        label = self.with_context(lang=self._personal_lang())._personal_label(partner)
        return Person(
            partner,
            users,
            ids - shared,
            shared & linked,
            linked - shared,
            words,
            self._personal_others(partner, names),
            label,
            is_export=is_export,
        )

    @api.model
    def _personal_label(self, partner):
        return _("Erased person %s") % partner.id

    @api.model
    def _personal_lang(self):
        """The language of what stands in a name's place: that of the screen, else the school's."""
        lang = self.env.context.get("lang")
        return lang or self.env.company.partner_id.lang or self.env.user.lang or "en_US"

    @api.model
    def _personal_words(self, partner, users, contacts, accounts):
        """What the person is called or was, and their addresses and numbers: a set of texts."""
        words = {partner.name, partner.display_name, partner.email, partner.phone, partner.mobile}
        words |= set(users.mapped("login"))
        words |= self.env["telegram.lookup"]._numbers_of(partner)
        own = contacts.filtered(lambda one: one.tg_user_id in accounts)
        on_telegram = set(own.mapped("phone"))
        for found in (own, self._personal_members(accounts)):
            for name, username in ((one.name, one.username) for one in found):
                on_telegram |= {name, username, username and username.lstrip("@")}
        words |= self._personal_former(partner)
        return {word.strip() for word in words if word and word.strip()} | {
            word.strip() for word in on_telegram if word and len(word.strip()) >= _SHORTEST
        }

    @api.model
    def _personal_members(self, accounts):
        domain = [("tg_user_id", "in", sorted(accounts))]
        return self.env["telegram.member"].sudo().search(domain)

    @api.model
    def _personal_former(self, partner):
        """What the person was called before: by the history of their own form."""
        messages = (
            self.env["mail.message"]
            .sudo()
            .search([("model", "=", "res.partner"), ("res_id", "=", partner.id)])
        )
        found = set()
        for value in messages.mapped("tracking_value_ids"):
            if self._personal_tracked(value) in ("name", "email", "phone", "mobile"):
                found |= {value.old_value_char, value.new_value_char}
        for body in messages.mapped("body"):
            text = re.sub(r"</?(?:p|br|div|span)\b[^<>]*>", "", body or "")
            text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
            for name, email in erasure.united(text):
                found |= {name, email if "@" in email else False}
        return found

    @api.model
    def _personal_tracked(self, value):
        """Name of the tracked field: a text on Odoo 13, a record on 14."""
        return value.field if isinstance(value.field, str) else value.field.name

    @api.model
    def _personal_others(self, partner, words):
        """Names of other people in which one of these words occurs."""
        self.env["base"].flush()
        self.env.cr.execute(
            "SELECT DISTINCT name FROM res_partner WHERE id <> %s AND name ILIKE ANY (%s)",
            [partner.id, erasure.likely(words, ())],
        )
        return {name for (name,) in self.env.cr.fetchall()}

    # -- what -------------------------------------------------------------------------------------

    @api.model
    def _personal_records(self, person, holding):
        """The rows of a holding that are about the person, as superuser, archived ones too."""
        if holding.find:
            return getattr(self, holding.find)(person)
        if not holding.about:
            return self._personal_find_texts(person, holding)
        model = self.env[holding.model].sudo().with_context(active_test=False)
        domains, of_people = [], []
        for name in holding.about:
            field = model._fields[name]
            if isinstance(field, BigInteger):
                ids = sorted(person.seen)
            elif field.comodel_name == "res.users":
                ids = person.users.ids
            else:
                ids = person.partner.ids
                of_people.append(name)
            domains.append([(name, "in", ids)])
        found = model.search(expression.OR(domains), order="id")
        if person.is_export:  # what is another person's of an account that both use is theirs
            found = found.filtered(
                lambda one: (
                    not of_people
                    or any(not one[name] or person.partner & one[name] for name in of_people)
                )
            )
        return found

    @api.model
    def _personal_preview(self, person):
        """What an erasure would do: list of dicts(title, count, erasure, why), of what there is."""
        lines = []
        for holding in self._personal_data():
            count = len(self._personal_records(person, holding))
            if count:
                lines.append(
                    {
                        "title": holding.title,
                        "count": count,
                        "erasure": holding.erasure,
                        "why": holding.why,
                    }
                )
        return lines

    # -- erasing ----------------------------------------------------------------------------------

    @api.model
    def _personal_erase(self, partner):
        """Erase the person: afterwards nothing in the database says who they were. The record of
        the partner stays, without a name, for what must stay whole. What the gateway holds goes by
        its command `forget`, which waits while no gateway runs. Returns where the person is still
        named, see `_personal_named_in`.

        Raises UserError with what must be done first, AccessError for who may not.
        """
        self._check_may(partner)
        self.env["base"].flush()
        # twice at the same time: the second one finds nothing left
        self.env.cr.execute("SELECT id FROM res_partner WHERE id = %s FOR UPDATE", [partner.id])
        data = self.sudo().with_context(tracking_disable=True, mail_notrack=True)
        person = data._personal_person(partner)
        obstacles = data._personal_obstacles(person)
        if obstacles:
            raise UserError("\n".join(obstacles))
        data._personal_command(person)
        try:
            data._personal_erase_all(person)
            self.env["base"].flush()
        except IntegrityError as error:
            raise UserError(
                _("Other records of Odoo need %s, and nothing was erased: %s.")
                % (person.label, error.diag.table_name)
            ) from None
        self.env.cache.invalidate()
        return data._personal_named_in(person)

    @api.model
    def _personal_erase_all(self, person):
        # found before anything goes: what goes first may say what else is theirs
        found = [
            (holding, self._personal_records(person, holding))
            for holding in self._personal_data()
            if holding.erasure not in (GATEWAY, KEPT)
        ]
        # the person's own record, which is shown first, last: its change moves other things
        for holding, records in reversed(found):
            records = records.exists()
            if not records:
                continue
            if holding.clean:
                getattr(self, holding.clean)(person, records)
            elif holding.texts and not holding.about:
                self._personal_clean_texts(person, records, *holding.texts)
            elif holding.erasure == DELETED:
                records.unlink()
            if holding.blanked:
                self._personal_blank(records, holding.blanked)

    @api.model
    def _personal_blank(self, records, names):
        """Empty these columns, whatever guards the rows: a sheet that is locked stays as it is but
        for what names the person."""
        self.env["base"].flush()
        columns = ", ".join('"%s" = NULL' % records._fields[name].name for name in names)
        self.env.cr.execute(
            'UPDATE "%s" SET %s WHERE id = ANY (%%s)' % (records._table, columns), [records.ids]
        )
        records.invalidate_cache()

    @api.model
    def _personal_write(self, records, values):
        """Write columns of rows that nobody edits."""
        self.env["base"].flush()
        columns = ", ".join('"%s" = %%s' % name for name in sorted(values))
        self.env.cr.execute(
            'UPDATE "%s" SET %s WHERE id = ANY (%%s)' % (records._table, columns),
            [values[name] for name in sorted(values)] + [records.ids],
        )
        records.invalidate_cache()
