from psycopg2 import IntegrityError

from odoo import _, api, models
from odoo.exceptions import AccessError, UserError

from ...privacy import elsewhere
from ...privacy.erasing import erase_rows
from ...privacy.explanation import Explanation
from ...privacy.export import Export
from ...privacy.gateway import enqueue_forget
from ...privacy.holding import Person
from ...privacy.known_words import known_words, names_containing
from ...privacy.own_holdings import OwnHoldings
from ...privacy.rows import rows_of


class TelegramPersonalData(models.AbstractModel):
    """All data about a person, in any addon: preview, export and erasure.

    Each addon declares its models in `_personal_data`; the work is done in `privacy/`.
    """

    _name = "telegram.personal.data"
    _description = "Personal data"

    # -- hooks for adapters and further addons ----------------------------------------------------

    @api.model
    def _personal_data(self):
        """Return the declarations of data about people: list of `privacy.Holding`, in the order of
        the preview.

        Extend it with super() by your own models; a declared model is in the export and the
        preview, and is deleted or kept in an erasure as its declaration says.
        """
        return OwnHoldings(self.env).listed()

    @api.model
    def _personal_obstacles(self, person):
        """Return sentences that say what must be done before this `privacy.Person` may be
        erased."""
        return Explanation(self.env, person).obstacles()

    @api.model
    def _personal_needing(self):
        """Return [(model, name of a field that leads to a person)] of rows that need that person.

        These are the fields of other addons that must not be empty or that forbid deletion, and
        those of invoices. Extend with super(); a model that is declared in `_personal_data` is left
        out.
        """
        declared = {holding.model for holding in self._personal_data()}
        return elsewhere.needing_fields(self.env, declared)

    @api.model
    def _personal_ids(self, person, name):
        """Return ids of the records of the model `name` that are the `privacy.Person`. Extend it
        for other models of people. Raises ValueError for a model that has no people: its ids are
        nobody's."""
        if name == "res.users":
            return person.users.ids
        if name == "res.partner":
            return person.partner.ids
        raise ValueError("%s is no model of people" % name)

    @api.model
    def _personal_text_models(self):
        """Return the names of the models whose history may name people in our sentences."""
        names = {name for name in self.env.registry.keys() if name.startswith("telegram.")}
        return names | {"res.partner"} | self._personal_descendants("telegram.chat.owner.mixin")

    @api.model
    def _personal_descendants(self, name):
        """Return the names of the models that inherit this one."""
        return set(self.env.registry.descendants([name], "_inherit", "_inherits"))

    # -- the person -------------------------------------------------------------------------------

    @api.model
    def _check_may(self, partner=None):
        """Raise AccessError for all but Telegram's administrators, and for people of a company that
        is not theirs."""
        if not (self.env.su or self.env.user.has_group("telegram_base.group_manager")):
            raise AccessError(
                _("Only a Telegram administrator may export or erase a person's data.")
            )
        if partner is not None:
            partner.with_user(self.env.user).check_access_rule("read")

    @api.model
    def _personal_person(self, partner, is_export=False):
        """Return the `privacy.Person` of this partner: accounts, users, and the words they are
        known by."""
        partner = partner.sudo().with_context(active_test=False)
        users = partner.env["res.users"].search([("partner_id", "=", partner.id)])
        all_contacts = partner.env["telegram.contact"]
        contacts = all_contacts.search([("partner_id", "=", partner.id)])
        # a suggestion may be wrong: its account does not count as theirs
        theirs = contacts.filtered(lambda contact: contact.state != "suggested")
        accounts = set(theirs.mapped("tg_user_id"))
        of_others = all_contacts.search(
            [
                ("tg_user_id", "in", sorted(accounts)),
                ("partner_id", "!=", partner.id),
                ("state", "=", "confirmed"),
            ]
        )
        shared = set(of_others.mapped("tg_user_id"))
        confirmed = theirs.filtered(lambda contact: contact.state == "confirmed")
        linked = set(confirmed.mapped("tg_user_id"))
        words = known_words(partner, users, contacts, accounts - shared)
        return Person(
            partner,
            users,
            accounts - shared,
            shared=shared & linked,
            put_out=linked - shared,
            words=words,
            others=names_containing(partner, sorted(words)),
            label=self._personal_label(partner),
            is_export=is_export,
        )

    @api.model
    def _personal_label(self, partner):
        """Return the text in place of an erased name, in the screen's language, else in the
        school's."""
        lang = self.env.context.get("lang")
        lang = lang or self.env.company.partner_id.lang or self.env.user.lang or "en_US"
        self = self.with_context(lang=lang)  # `_` asks the `self` of its function
        return _("Erased person %s") % partner.id

    # -- preview, export, erasure -----------------------------------------------------------------

    @api.model
    def _personal_preview(self, person):
        """Return the effect of an erasure: list of dicts(title, count, erasure, why), one per kind
        of rows.

        Rows of other parts of Odoo come last: they continue to name the person.
        """
        lines = []
        for holding in self._personal_data():
            count = len(rows_of(self.env, person, holding))
            if count:
                lines.append(
                    {
                        "title": holding.title,
                        "count": count,
                        "erasure": holding.erasure,
                        "why": holding.why,
                    }
                )
        return lines + elsewhere.Elsewhere(self.env, person).preview()

    @api.model
    def _personal_export(self, partner):
        """Return (name, bytes) of a ZIP in the user's language. Instants in it are UTC.

        Raises AccessError for all but Telegram's administrators.
        """
        self._check_may(partner)
        self.env["telegram.contact.log"]._log_looks(partner.ids)
        data = self.sudo().with_context(active_test=False)
        person = data._personal_person(partner, is_export=True)
        return Export(self.env, data, person).file()

    @api.model
    def _personal_erase(self, partner):
        """Erase the person: afterwards nothing in the database says who they were. The partner's
        record stays without a name, since other rows need it. The gateway deletes its own data by
        the command `forget`, which waits while no gateway runs.

        Returns the places that still name the person, see `Elsewhere.named_in`. Raises UserError
        with what must be done first, AccessError for users who may not.
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
        enqueue_forget(data.env, person)
        try:
            erase_rows(data.env, person)
            self.env["base"].flush()
        except IntegrityError as error:
            raise UserError(
                _("Other records of Odoo need %s, and nothing was erased: %s.")
                % (person.label, error.diag.table_name)
            ) from None
        self.env.cache.invalidate()
        return elsewhere.Elsewhere(data.env, person).named_in()
