"""Words for commands to Telegram and facts from it: sentence and advice, by the line's code."""

from odoo import _


class TrafficWords:
    """Lines of the sections “Commands to Telegram” and “Facts from Telegram”.

    shown: the facts of one line in the form in which sentences show them.
    """

    def __init__(self, env, shown):
        self.env, self.shown = env, shown

    def lines(self):
        """Return {code: (sentence, advice or "")}, with places for the facts."""
        again = _("“Try again” once the reason is gone, “Drop” if it is no longer wanted.")
        return {
            "commands_stuck": (
                _(
                    "Commands waiting: %(count)s. The oldest, “%(what)s”, was due %(due_at)s and "
                    "waits for no reason known here."
                ),
                _("Look into the gateway's log; starting the gateway again does no harm."),
            ),
            "commands_failed": (_("Failed: %(count)s × “%(what)s”: %(error)s."), again),
            "commands_waiting": (
                _(
                    "Commands waiting: %(count)s. The oldest, “%(what)s”, was due %(due_at)s: "
                    "%(why)s."
                ),
                "",
            ),
            "commands_late": (
                _("Too late within 24 hours, not done: %(count)s × “%(what)s”, last %(last_at)s."),
                "",
            ),
            "commands_well": (
                _("Nothing failed, nothing waits that is due. Planned for later: %(later)s."),
                "",
            ),
            "facts_set_aside": (
                _(
                    "Odoo could not handle: %(count)s × “%(what)s”: %(error)s. Later facts of the "
                    "same groups wait behind them."
                ),
                again,
            ),
            "facts_waiting": (
                _(
                    "Facts from Telegram that wait since %(since)s to be handled by Odoo: "
                    "%(count)s."
                ),
                _(
                    "Check that Odoo's scheduled actions run (Settings → Technical → Scheduled "
                    "actions), and Odoo's log."
                ),
            ),
            "facts_well": (_("All that happened on Telegram is handled."), ""),
        }
