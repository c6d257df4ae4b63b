"""Words for the gateway and its processes: sentence and advice, by the line's code."""

from odoo import _


class GatewayWords:
    """Lines of the section “Gateway”.

    shown: the facts of one line in the form in which sentences show them.
    """

    def __init__(self, env, shown):
        self.env, self.shown = env, shown

    def lines(self):
        """Return {code: (sentence, advice or "")}, with places for the facts."""
        return {
            "gateway_away": (
                _(
                    "No gateway runs: nothing is done on Telegram, nothing from there arrives. "
                    "The last sign of life of “%(process)s” was %(seen_at)s."
                ),
                _(
                    "Start it on its machine: its service, or “telegram-gateway run”. If it does "
                    "not stay up, “telegram-gateway check” says why there."
                ),
            ),
            "gateway_never": (
                _("No gateway has run for this school yet: nothing is done on Telegram."),
                _("Install it and start it, as docs/en/install.md says."),
            ),
            "gateway_paused": (
                _(
                    "Paused by %(by)s since %(since)s: nobody is let in or removed, no message is "
                    "sent, no lesson's call is opened or closed. What happens on Telegram is still "
                    "recorded."
                ),
                _(
                    "Press “Resume” when it may go on. What was due meanwhile is then done, unless "
                    "it is too late for it."
                ),
            ),
            "gateway_well": (
                _(
                    "“%(process)s” is at work since %(since)s; last sign of life %(seen_at)s; "
                    "version %(version)s, contract version %(contract)s."
                ),
                "",
            ),
            "process_copied": (
                _(
                    "“%(process)s” does nothing: this database is a copy, and the logins belong to "
                    "the original."
                ),
                _(
                    "Leave it so on a test server. If this database has taken the original's place "
                    "for good, stop the old gateway, then: Telegram → Configuration → Connect."
                ),
            ),
            "process_waiting": (
                _("“%(process)s” runs since %(since)s and waits for the bot and the account."),
                _(
                    "Connect them: Telegram → Configuration → Connect. Where it has taken the place "
                    "of another gateway that is stopped for good, on its machine: “telegram-gateway "
                    "adopt --from” and the other one's name."
                ),
            ),
            "process_starting": (
                _("“%(process)s” runs since %(since)s and is not at work yet."),
                "",
            ),
            "process_silent": (
                _("“%(process)s” was seen last on %(seen_at)s; another gateway is at work."),
                "",
            ),
            "process_standby": (
                _("“%(process)s” is ready to take over, since %(since)s; version %(version)s."),
                "",
            ),
            "process_unreachable": (
                _(
                    "“%(process)s” cannot reach Telegram since %(since)s. It tries again, "
                    "five minutes apart at most, and then goes on by itself; nothing is lost."
                ),
                _(
                    "Look at the network and the firewall of the gateway's machine; the gateway's "
                    "log has the reason."
                ),
            ),
            "process_twice": (
                _(
                    "A second gateway of the name “%(process)s” was started, last seen %(seen_at)s. "
                    "It waits: two with the same login would end that login for good."
                ),
                _(
                    "Stop one of the two; or give the second a name of its own "
                    "(TELEGRAM_GATEWAY_PROCESS_NAME) and log in for it, and it stands by."
                ),
            ),
        }
