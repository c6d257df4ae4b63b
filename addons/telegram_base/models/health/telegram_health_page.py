import json
import re

from odoo import _, api, models

from ...health import lines as health_lines
from ...health import sources as health_sources

#: Most failed commands and facts that are listed one by one.
MOST_LISTED = 50

_BEFORE_SIGNS = re.compile(" (?=[:;!?»])|(?<=«) ")
_GROUP_LINES = {"chat_broken", "chat_held", "chat_to_review", "chat_paused"}


class TelegramHealth(models.Model):
    """The page of the administrators. However much there is, a constant number of queries."""

    _inherit = "telegram.health"

    # -- the page -------------------------------------------------------------------------------

    @api.model
    def page(self):
        """The page as HTML. Raises AccessError for all but the administrators."""
        self._check_may()
        user = self.env.user
        self = self.with_context(lang=user.lang, tz=user.tz)
        views = self.env["ir.ui.view"].sudo()
        # Odoo 14 has given it another name
        render = getattr(views, "_render_template", None) or views.render_template
        html = render("telegram_base.health_page", self._page_values())
        html = html.decode() if isinstance(html, bytes) else html
        if (user.lang or "").startswith("fr"):  # on a phone no line begins with a colon
            html = _BEFORE_SIGNS.sub("\u00a0", html)
        return html

    @api.model
    def _page_values(self):
        words = self.env["telegram.words"]
        lines = self._lines()
        worst = self._worst(lines)
        pools = sorted({line["pool"] for line in lines if line["pool"]})
        for line in lines:
            sentence, advice = words._health(line["code"], line["facts"])
            line.update(sentence=sentence, advice=advice if line["level"] != "ok" else "")
            line["shown_pool"] = line["pool"] if len(pools) > 1 else False
            line["buttons"] = self._buttons(line)
        rank = health_lines.LEVELS.index
        sections = []
        for code in health_lines.SECTIONS:
            own = [line for line in lines if line["section"] == code]
            own.sort(key=lambda line: -rank(line["level"]))
            sections.append(
                {
                    "code": code,
                    "title": words._section(code),
                    "level": self._worst(own),
                    "lines": own,
                }
            )
        urgent = [line for line in lines if line["level"] in ("act", "down")]
        paused = {line["pool"] for line in lines if line["code"] == "gateway_paused"}
        checks = self._checks()
        return {
            "level": worst,
            "overall": words._overall(worst, len(urgent)),
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
            "commands": self._failed_commands(),
            "facts": self._facts_set_aside(),
            "chats": self._chats(),
        }

    @api.model
    def _labels(self):
        """Words of buttons that stand at many places."""
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

    @api.model
    def _buttons(self, line):
        """What can be done about a line at once: dicts(label, model, method, args, confirm)."""
        facts = line["facts"]
        if line["code"] == "commands_failed":
            args = [line["pool"], facts["kind"], facts["error_code"]]
            return [
                self._button(_("Try all again"), self._name, "retry_commands", args),
                self._button(
                    _("Drop all"), self._name, "drop_commands", args, _("Drop all of these?")
                ),
            ]
        if line["code"] == "facts_set_aside":
            args = [line["pool"], facts["kind"]]
            drop = _("These facts will have no effect in Odoo. Drop them?")
            return [
                self._button(_("Try all again"), self._name, "retry_facts", args),
                self._button(_("Drop all"), self._name, "drop_facts", args, drop),
            ]
        if line["code"] == "gateway_paused":
            return [self._button(_("Resume"), self._name, "resume", [line["pool"]])]
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

    @api.model
    def _button(self, label, model, method, args, confirm=False):
        return {"label": label, "model": model, "method": method, "args": args, "confirm": confirm}

    @api.model
    def _failed_commands(self):
        """The failed commands one by one, the newest first."""
        outbox = self.env["telegram.outbox"]
        found = outbox.browse(self._failed_ids(limit=MOST_LISTED))
        words = self.env["telegram.words"]
        names = self._receivers(found)
        return [
            {
                "id": command.id,
                "what": words._command(command.kind),
                "receiver": names.get(command.id, ""),
                "at": self._when(command.state_at),
                "error": words._error(command.error_code) or command.error or "",
            }
            for command in found
        ]

    @api.model
    def _receivers(self, commands):
        """Whom each command is for, read for all of them at once."""
        users = [one for one in commands.mapped("tg_user_id") if one]
        contacts = (
            self.env["telegram.contact"]
            .sudo()
            .search([("tg_user_id", "in", users), ("state", "=", "confirmed")])
        )
        people = {one.tg_user_id: one.partner_id.display_name for one in contacts}
        return {
            one.id: one.chat_id.name or people.get(one.tg_user_id) or str(one.tg_user_id or "")
            for one in commands
        }

    @api.model
    def _failed_ids(self, pool=None, kind=None, error_code=None, limit=None):
        """Ids of the failed commands that still matter and that this user may see."""
        self.env["telegram.outbox"].flush()
        self.env.cr.execute(
            "SELECT o.id FROM telegram_outbox o WHERE "
            + health_sources.FAILED
            + " AND (%(pool)s IS NULL OR o.pool = %(pool)s)"
            " AND (%(kind)s IS NULL OR o.kind = %(kind)s)"
            " AND (%(code)s IS NULL OR coalesce(o.error_code, '') = %(code)s)"
            " ORDER BY o.id DESC LIMIT %(limit)s",
            {"pool": pool, "kind": kind, "code": error_code, "limit": limit},
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        return self.env["telegram.outbox"].search([("id", "in", ids)]).ids

    @api.model
    def _facts_set_aside(self):
        found = self.env["telegram.inbox"].search([("state", "=", "set_aside")], limit=MOST_LISTED)
        words = self.env["telegram.words"]
        return [
            {
                "id": fact.id,
                "what": words._fact(fact.kind),
                "chat": fact.chat_id.name or "",
                "at": self._when(fact.occurred_at or fact.created_at),
                "error": fact.error or "",
            }
            for fact in found
        ]

    @api.model
    def _chats(self):
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

    @api.model
    def _checked(self, chat):
        """What the last full check of a group found, as a sentence."""
        if not chat.checked_at:
            return _("Not read as a whole yet.")
        found = {
            "at": self._when(chat.checked_at),
            "people": chat.checked_people,
            "differences": chat.checked_differences,
        }
        if chat.is_list_whole:
            return _("Read %(at)s; people: %(people)s; differences: %(differences)s.") % found
        return (
            _(
                "Read %(at)s, but not everybody could be seen; people: %(people)s; differences: "
                "%(differences)s."
            )
            % found
        )

    @api.model
    def _when(self, at):
        return self.env["telegram.words"]._health_when(at and at.strftime("%Y-%m-%dT%H:%M:%SZ"))

    @api.model
    def _checks(self):
        """The last full check of all groups by pool: dicts(total, done, failed, is_running,
        percent, sentence)."""
        self.env.cr.execute(
            """
            SELECT pool, count(*), count(*) FILTER (WHERE state = 'done'),
                   count(*) FILTER (WHERE state IN ('failed', 'expired', 'cancelled'))
            FROM telegram_outbox
            WHERE (pool, split_part(key, ':', 2)) IN (
                SELECT DISTINCT ON (pool) pool, split_part(key, ':', 2) FROM telegram_outbox
                WHERE key LIKE 'check:%' ORDER BY pool, id DESC) AND key LIKE 'check:%'
            GROUP BY pool
            """
        )
        checks = {}
        for pool, total, done, failed in self.env.cr.fetchall():
            check = {"total": total, "done": done, "failed": failed, "over": done + failed}
            if check["over"] < total:
                sentence = _("Full check of all groups: %(over)s of %(total)s…")
            elif failed:
                sentence = _(
                    "Last full check of all groups: %(done)s of %(total)s were read, %(failed)s "
                    "could not be."
                )
            else:
                sentence = _("Last full check of all groups: all %(total)s were read.")
            checks[pool] = dict(
                check,
                is_running=check["over"] < total,
                percent=100 * check["over"] // total,
                sentence=sentence % check,
            )
        return checks
