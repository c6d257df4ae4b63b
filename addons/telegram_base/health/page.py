"""The page of the administrators. It takes a constant number of queries, however much there is."""

import json

from odoo import _

from .failed_commands import failed_command_ids
from .full_checks import FullChecks
from .lines import LEVELS, SECTIONS
from .words import HealthWords

#: The largest number of failed commands, and of facts, that are listed one by one.
MOST_LISTED = 50

_NAME = "telegram.health"
_GROUP_LINES = {"chat_broken", "chat_held", "chat_to_review", "chat_paused"}


class HealthPage:
    """The page's content for the user of `env`, in their language and time zone."""

    def __init__(self, env):
        self.env, self._health, self._words = env, env[_NAME], HealthWords(env)

    def values(self):
        """Return the values for the template `telegram_base.health_page`."""
        lines = self._health._lines()
        worst = self._health._worst(lines)
        pools = sorted({line["pool"] for line in lines if line["pool"]})
        for line in lines:
            sentence, advice = self._words.line(line["code"], line["facts"])
            line.update(sentence=sentence, advice=advice if line["level"] != "ok" else "")
            line["shown_pool"] = line["pool"] if len(pools) > 1 else False
            line["buttons"] = self._buttons(line)
        rank = LEVELS.index
        sections = []
        for code in SECTIONS:
            own = [line for line in lines if line["section"] == code]
            own.sort(key=lambda line: -rank(line["level"]))
            sections.append(
                {
                    "code": code,
                    "title": self._words.section(code),
                    "level": self._health._worst(own),
                    "lines": own,
                }
            )
        urgent = [line for line in lines if line["level"] in ("act", "down")]
        paused = {line["pool"] for line in lines if line["code"] == "gateway_paused"}
        checks = FullChecks(self.env).by_pool()
        return {
            "level": worst,
            "overall": self._words.overall(worst, len(urgent)),
            "first": next((line for line in urgent if line["level"] == worst), None),
            "sections": sections,
            "pools": [
                {
                    "name": pool,
                    "shown": pool if len(pools) > 1 else False,
                    "is_paused": pool in paused,
                    "check": checks.get(pool),
                }
                for pool in pools
            ],
            "labels": self._labels(),
            "dumps": json.dumps,
            "commands": self.failed_commands(),
            "facts": self._facts_set_aside(),
            "chats": self._chats(),
        }

    def _labels(self):
        """Return the words of buttons that are in many places."""
        pause = _(
            "nobody is let in or removed, no message is sent, no lesson's call is opened or "
            "closed. What happens on Telegram is still recorded. What is due meanwhile is done "
            "when you resume, unless it is too late for it."
        )
        return {
            "check_all": _("Check all groups"),
            "check": _("Check this group"),
            "pause": _("Pause"),
            "resume": _("Resume"),
            "open": _("Open"),
            "retry": _("Try again"),
            "drop": _("Drop"),
            "drop_fact": _("This fact will have no effect in Odoo. Drop it?"),
            "pause_all": _("Pause everything? In all groups, %s") % pause,
            "pause_one": _("Pause this group? In it, %s") % pause,
        }

    def _buttons(self, line):
        """Return buttons for the actions that a line offers: dicts(label, model, method, args,
        confirm)."""
        facts = line["facts"]
        if line["code"] == "commands_failed":
            args = [line["pool"], facts["kind"], facts["error_code"]]
            return [
                self._button(_("Try all again"), _NAME, "retry_commands", args),
                self._button(_("Drop all"), _NAME, "drop_commands", args, _("Drop all of these?")),
            ]
        if line["code"] == "facts_set_aside":
            args = [line["pool"], facts["kind"]]
            drop = _("These facts will have no effect in Odoo. Drop them?")
            return [
                self._button(_("Try all again"), _NAME, "retry_facts", args),
                self._button(_("Drop all"), _NAME, "drop_facts", args, drop),
            ]
        if line["code"] == "gateway_paused":
            return [self._button(_("Resume"), _NAME, "resume", [line["pool"]])]
        if line["code"] in _GROUP_LINES and line["chat_id"]:
            ids, buttons = [[line["chat_id"]]], []
            if line["code"] == "chat_broken":
                buttons = [
                    self._button(_("Check this group"), "telegram.chat", "action_reconcile", ids)
                ]
            elif line["code"] == "chat_paused":
                buttons = [self._button(_("Resume"), "telegram.chat", "action_resume", ids)]
            return buttons + [
                {"label": _("Open"), "open_model": "telegram.chat", "open_id": line["chat_id"]}
            ]
        return []

    def _button(self, label, model, method, args, confirm=False):
        return {"label": label, "model": model, "method": method, "args": args, "confirm": confirm}

    def failed_commands(self):
        """Return a dict for each failed command, the newest first."""
        outbox = self.env["telegram.outbox"]
        commands = outbox.browse(failed_command_ids(self.env, limit=MOST_LISTED))
        words = self.env["telegram.words"]
        names = self._receivers(commands)
        return [
            {
                "id": command.id,
                "what": words._command(command.kind),
                "receiver": names.get(command.id, ""),
                "at": self._when(command.state_at),
                "error": words._error(command.error_code) or command.error or "",
            }
            for command in commands
        ]

    def _receivers(self, commands):
        """Return {id of a command: name of its receiver}, read for all of them at once."""
        users = [tg_user_id for tg_user_id in commands.mapped("tg_user_id") if tg_user_id]
        contacts = (
            self.env["telegram.contact"]
            .sudo()
            .search([("tg_user_id", "in", users), ("state", "=", "confirmed")])
        )
        people = {contact.tg_user_id: contact.partner_id.display_name for contact in contacts}
        return {
            command.id: command.chat_id.name
            or people.get(command.tg_user_id)
            or str(command.tg_user_id or "")
            for command in commands
        }

    def _facts_set_aside(self):
        """Return a dict for each fact that was set aside, the newest first."""
        facts = self.env["telegram.inbox"].search([("state", "=", "set_aside")], limit=MOST_LISTED)
        words = self.env["telegram.words"]
        return [
            {
                "id": fact.id,
                "what": words._fact(fact.kind),
                "chat": fact.chat_id.name or "",
                "at": self._when(fact.occurred_at or fact.created_at),
                "error": fact.error or "",
            }
            for fact in facts
        ]

    def _chats(self):
        """Return a dict for each group: state, last check, last event."""
        words = self.env["telegram.words"]
        return [
            {
                "id": chat.chat_id.id,
                "name": chat.name,
                "level": "act"
                if chat.state == "broken" or chat.held or chat.paused_at
                else ("ok" if chat.state == "ready" else "note"),
                "state": words._chat(chat.state, chat.error_code),
                "checked": self._checked(chat),
                "is_paused": bool(chat.paused_at),
                "last": words._fact(chat.last_kind) if chat.last_kind else "",
                "last_at": self._when(chat.last_at),
            }
            for chat in self.env["telegram.health.chat"].search([])
        ]

    def _checked(self, chat):
        """Return a sentence about the result of a group's last full check."""
        if not chat.checked_at:
            return _("Not read as a whole yet.")
        facts = {
            "at": self._when(chat.checked_at),
            "people": chat.checked_people,
            "differences": chat.checked_differences,
        }
        if chat.is_list_whole:
            return _("Read %(at)s; people: %(people)s; differences: %(differences)s.") % facts
        return (
            _(
                "Read %(at)s, but not everybody could be seen; people: %(people)s; differences: "
                "%(differences)s."
            )
            % facts
        )

    def _when(self, at):
        return self._words.instant(at and at.strftime("%Y-%m-%dT%H:%M:%SZ"))
