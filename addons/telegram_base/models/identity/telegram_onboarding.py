from odoo import _, api, models
from odoo.exceptions import AccessError


class TelegramOnboarding(models.AbstractModel):
    """The way from nothing to a test lesson, in steps whose state is computed from the data. The
    modules of a school add their own steps."""

    _name = "telegram.onboarding"
    _description = "Telegram: first steps"

    @api.model
    def _steps(self):
        """Return the steps in their order, for the page: a list of dicts with `title`, `text`,
        `is_done`, `links` [(label, address)], `actions` [(label, name)] (buttons that do something;
        the method is `_do_<name>`) and, if there are any, `parts` [(text, is_done)]."""
        accounts = self.env["telegram.login"]._accounts()
        bot, user = accounts.get("bot"), accounts.get("user")
        connect = "/telegram/connect?step=%s"
        return [
            {
                "title": _("The bot"),
                "text": _("%s is connected.") % bot
                if bot
                else _("The school's secretary in Telegram. Making one takes two minutes."),
                "is_done": bool(bot),
                "links": [(_("Connect again") if bot else _("Connect the bot"), connect % "bot")],
            },
            {
                "title": _("The account"),
                "text": _("%s is connected.") % user
                if user
                else _(
                    "Makes the groups and opens the lessons. A number of the school's own. Connect it "
                    "a day before the first groups are needed: a younger login may not appoint "
                    "administrators, so its groups wait that long."
                ),
                "is_done": bool(user),
                "links": [
                    (_("Connect again") if user else _("Connect the account"), connect % "account")
                ],
            },
            self._step_people(bot),
        ]

    @api.model
    def _step_people(self, bot):
        """Return the step of personal links; done once the administrator has linked their own
        Telegram."""
        contacts = self.env["telegram.contact"]
        linked = contacts.search_count([("state", "=", "confirmed")])
        step = {
            "title": _("The people"),
            "is_done": bool(self.env.user.partner_id.sudo()._telegram_contacts()),
            "text": _(
                "Everybody links their own Telegram, with a personal link. Linked so far: %s."
            )
            % linked,
            "links": [
                (_("Show the people"), "/web#action=telegram_base.telegram_contact_action"),
            ],
            "actions": [],
        }
        if bot and not step["is_done"]:
            step["actions"].append((_("Link my own Telegram"), "link_me"))
        return step

    @api.model
    def _do(self, name):
        """Handle a button of the page; return the address to go to. Raises UserError with what to
        do."""
        if not self.env.user.has_group("telegram_base.group_manager"):
            raise AccessError(_("Only a Telegram administrator may do this."))
        known = {action for step in self._steps() for _label, action in step.get("actions") or []}
        if name not in known:  # pressed on an old page
            return "/telegram/start"
        return getattr(self, "_do_%s" % name)() or "/telegram/start"

    @api.model
    def _do_link_me(self):
        return self.env.user.partner_id.telegram_link_url()
