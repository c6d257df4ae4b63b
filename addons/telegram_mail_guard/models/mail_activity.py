from odoo import fields, models

from .readable import computed, leaf


class MailActivity(models.Model):
    """Activities are read by whoever may read the record that they are about, by whom they are
    for, and by whoever made them. Odoo shows all of them to every internal user."""

    _inherit = "mail.activity"

    telegram_may_read = fields.Boolean(
        "May be read", compute="_compute_telegram_may_read", search="_search_telegram_may_read"
    )

    def _compute_telegram_may_read(self):
        computed(self)

    def _search_telegram_may_read(self, operator, value):
        self.env["mail.activity"].flush()
        self.env.cr.execute(
            "SELECT res_model, array_agg(DISTINCT res_id) FROM mail_activity"
            " WHERE user_id IS DISTINCT FROM %(me)s AND create_uid IS DISTINCT FROM %(me)s"
            " GROUP BY res_model",
            {"me": self.env.uid},
        )
        domain = ["|", ("user_id", "=", self.env.uid), ("create_uid", "=", self.env.uid)]
        # rules are searched as superuser; what is asked here is what the user may read
        env = self.with_user(self.env.uid).env
        for name, ids in self.env.cr.fetchall():
            model = env[name].with_context(active_test=False) if name in env else None
            if model is not None and model.check_access_rights("read", raise_exception=False):
                seen = model.search([("id", "in", ids)]).ids
                about = ["&", ("res_model", "=", name), ("res_id", "in", seen)]
                domain = ["|"] + domain + about
        return leaf(domain, operator, value)
