import uuid
from datetime import timedelta

from odoo import _, api, models

from .telegram_notice_template import names_value

#: Names in one notice; more would be cut by Telegram at 4,096 characters.
NAMES_MAX = 40
#: How long a notice waits for further changes after the last one, unless the parameter says
#: otherwise, and how long at most.
QUIET_PARAMETER, QUIET_S, LONGEST_S = "telegram_classroom.notice_seconds", 10.0, 60.0
#: The roster's reason for who teaches one lesson only: they come and go without a word.
VISITOR = "visitor"


class TelegramClassroomMixin(models.AbstractModel):
    """What the group is told of who came and went: one message for all that changes within some
    seconds, by however many calls and transactions."""

    _inherit = "telegram.classroom.mixin"

    def _telegram_announce(self, chat, changed):
        """Have the students and teachers among the `changed` rows (of `telegram.roster._set`) told
        of, in the context's language, together with those who are not told of yet."""
        moves = {}
        for row in changed:
            roles = (row["role"], row["old_role"])
            if "student" in roles:
                moves[row["partner_id"]] = (row["old_status"], row["status"], "student")
            elif "teacher" in roles and VISITOR not in (row["reason"], row["old_reason"]):
                before = row["old_role"] == "teacher" and row["old_status"]
                after = row["role"] == "teacher" and row["status"]
                moves[row["partner_id"]] = (before or None, after or "out", "teacher")
        if not moves:
            return
        outbox = self.env["telegram.outbox"].sudo()
        prefix = "notice:%s:" % chat.id
        waiting = outbox._take_back(chat, prefix)
        for row in reversed(waiting):
            for partner_id, (before, after, *role) in row._payload().get("moves", {}).items():
                later = moves.get(int(partner_id))
                moves[int(partner_id)] = (before, later[1] if later else after, *role)
        text = self._telegram_notice(moves)
        if text:
            outbox._enqueue(
                [
                    {
                        "chat_id": chat.id,
                        "kind": "send",
                        "payload": {"text": text, "buttons": [], "silent": True, "moves": moves},
                        # the row that waits already is written anew
                        "key": waiting[:1].key or prefix + uuid.uuid4().hex,
                        "due_at": self._telegram_notice_due(waiting[:1].create_date),
                    }
                ]
            )

    def _telegram_notice_due(self, waits_since):
        self.env.cr.execute("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
        now = self.env.cr.fetchone()[0]
        try:
            quiet_s = float(
                self.env["ir.config_parameter"].sudo().get_param(QUIET_PARAMETER, QUIET_S)
            )
        except ValueError:
            quiet_s = QUIET_S
        due = now + timedelta(seconds=max(0.0, quiet_s))
        latest = (waits_since or now) + timedelta(seconds=max(LONGEST_S, quiet_s))
        # what waited for the morning goes out then, and nothing is put off again
        return self._telegram_after_quiet(min(due, max(latest, now)))

    def _telegram_notice(self, moves):
        """The text for {partner id: (status before, status now, role)}, without the role of a
        student; empty when nobody came or went, or nobody is to be told."""
        found = {"enrolled": [], "unenrolled": []}
        came, went = [], []
        for partner_id, (before, after, *role) in sorted(moves.items()):
            is_teacher = role == ["teacher"]
            if after == "in" and before != "in":
                (came if is_teacher else found["enrolled"]).append(partner_id)
            elif before == "in" and is_teacher and after != "in":
                went.append(partner_id)
            elif before == "in" and after in ("out", "banned"):
                # the class need not know which
                found["unenrolled"].append(partner_id)
        said = [
            (kind, {"names": self._telegram_names(ids), "count": str(len(ids))})
            for kind, ids in found.items()
            if ids and self._telegram_says(kind)
        ]
        if (came or went) and self._telegram_says("teachers"):
            values = {"came": self._telegram_names(came), "went": self._telegram_names(went)}
            said.append(("teachers", values))
        return self._telegram_text(said)

    @api.model
    def _telegram_names(self, partner_ids):
        """Names as a value for a text (see `rules.template`): each shown as it is written, set
        apart from its neighbours whatever their direction."""
        names = self.env["res.partner"].browse(partner_ids).exists().sorted("name").mapped("name")
        return names_value(names, NAMES_MAX, _(" and %s others"))

    # -- the class itself -----------------------------------------------------------------------

    def _telegram_on_chat_ready(self, chat, fact):
        super()._telegram_on_chat_ready(chat, fact)
        # what waited for the group, since it is about it
        lessons = self._telegram_lessons()
        lessons._telegram_write_commands()
        lessons._telegram_write_private()
        tg_chat_id = chat._row().tg_chat_id
        if chat.active and chat.is_reviewed and tg_chat_id:
            self._telegram_tell("welcome", {}, key="welcome:%s:%s" % (chat.id, tg_chat_id))

    def _telegram_tell_renamed(self, chat, before):
        """The group gets another title, since the classroom's name changed: said once for all
        changes within some seconds, and not when it is called as before."""
        outbox = self.env["telegram.outbox"].sudo()
        prefix = "renamed:%s:" % chat.id
        waiting = outbox._take_back(chat, prefix)
        before = waiting[:1]._payload()["before"] if waiting else before
        is_news = chat.active and chat._row().state == "ready" and before != chat.name
        if not is_news or not self._telegram_says("renamed"):
            return
        spoken = self.with_context(lang=chat.lang)
        text = spoken._telegram_text([("renamed", {"before": before})])
        payload = {"text": text, "buttons": [], "silent": True, "before": before}
        outbox._enqueue(
            [
                {
                    "chat_id": chat.id,
                    "kind": "send",
                    "payload": payload,
                    "key": waiting[:1].key or prefix + uuid.uuid4().hex,
                    "due_at": self._telegram_notice_due(waiting[:1].create_date),
                }
            ]
        )
