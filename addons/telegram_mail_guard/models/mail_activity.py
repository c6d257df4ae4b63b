from collections import defaultdict

from odoo import fields, models

from .readable import readable_ids


class MailActivity(models.Model):
    """Activities are read by whoever may read the record that they are about, by whom they are
    for, and by whoever made them. Odoo shows all of them to every internal user."""

    _inherit = "mail.activity"

    telegram_may_read = fields.Boolean(
        "May be read", compute="_compute_telegram_may_read", search="_search_telegram_may_read"
    )

    def _compute_telegram_may_read(self):
        mine = readable_ids(self, "_search_telegram_may_read")
        for activity in self:
            activity.telegram_may_read = activity.id in mine

    def _search_telegram_may_read(self, operator, value):
        own = ["|", ("user_id", "=", self.env.uid), ("create_uid", "=", self.env.uid)]
        mine = self.sudo().search(own)
        about = defaultdict(lambda: defaultdict(list))
        for activity in self.sudo().search([]) - mine:
            about[activity.res_model][activity.res_id].append(activity.id)
        ids = list(mine.ids)
        # rules are searched as superuser; what is asked here is what the user may read
        env = self.with_user(self.env.uid).env
        for name, activities in about.items():
            if name not in env:
                continue
            model = env[name].with_context(active_test=False)
            if model.check_access_rights("read", raise_exception=False):
                for record_id in model.search([("id", "in", list(activities))]).ids:
                    ids += activities[record_id]
        is_asked = bool(value) == (operator == "=")
        return [("id", "in" if is_asked else "not in", ids)]
