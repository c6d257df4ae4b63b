"""Words for Odoo's own side: sentence and advice, by the line's code."""

from odoo import _


class OdooWords:
    """Lines of the section “Odoo”.

    shown: the facts of one line in the form in which sentences show them.
    """

    def __init__(self, env, shown):
        self.env, self.shown = env, shown

    def lines(self):
        """Return {code: (sentence, advice or "")}, with places for the facts."""
        return {
            "inbox_cron_off": (
                _("Odoo's scheduled action that handles facts is switched off or deleted."),
                _(
                    "Settings → Technical → Scheduled actions → “Telegram: handle waiting facts”: "
                    "switch it on; if it is gone, upgrade the module telegram_base."
                ),
            ),
            "inbox_cron_late": (
                _("Odoo's scheduled action that handles facts should have run at %(due_at)s."),
                _(
                    "Odoo's scheduled actions stand still: start Odoo with cron workers "
                    "(max_cron_threads) and look into its log."
                ),
            ),
            "inbox_cron_well": (_("The scheduled action that handles facts runs."), ""),
            "doorbell_missing": (
                _(
                    "The gateway's own user in Odoo is missing or archived: what happens on "
                    "Telegram arrives up to a minute late."
                ),
                _(
                    "Restore the user (group “Telegram gateway: may ring the doorbell”) and give "
                    "the gateway its name and password."
                ),
            ),
            "text_unusable": (
                _("The school's text “%(text)s” cannot be used: %(error)s."),
                _(
                    "The built-in one is sent in its place. Correct it: Configuration → Texts of "
                    "the notices."
                ),
            ),
            "adapter_fault": (
                _("The adapter of the school: %(adapter)s"),
                _(
                    "Whoever maintains the adapter changes it; afterwards restart Odoo, which "
                    "checks it again."
                ),
            ),
            "mail_guarded": (
                _(
                    "This Odoo would run what any login types into an e-mail as a program, with "
                    "all rights. The product's module telegram_mail_guard keeps it from doing so: "
                    "only templates are run, and only administrators change them."
                ),
                "",
            ),
            "doorbell_well": (_("The gateway's own user in Odoo is there."), ""),
        }
