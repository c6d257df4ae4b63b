"""Notices about people who came and went: one message for all that changes within some seconds,
however many calls and transactions changed it."""

import uuid
from datetime import timedelta

from odoo import _

from ...models.messages.telegram_notice_template import names_value
from ...rules.bounds import NAMES_MAX
from ..service import ClassService
from . import group_texts

#: Seconds that a notice waits for further changes after the last one, unless the parameter says
#: otherwise, and the longest wait after the first one.
QUIET_PARAMETER, QUIET_S, LONGEST_S = "telegram_school.notice_seconds", 10.0, 60.0

#: The roster's reason for teachers of one lesson only: they come and go without a notice.
VISITOR = "visitor"


class Announcements(ClassService):
    """Announces changes of the roster, and the class's new name, in its group."""

    def announce(self, chat, changed):
        """Have the changed students and teachers announced, in the context's language, together
        with those who still wait for it. changed: rows of `telegram.roster._set`."""
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
        text = self.notice(moves)
        if text:
            outbox._enqueue(
                [
                    {
                        "chat_id": chat.id,
                        "kind": "send",
                        "payload": {"text": text, "buttons": [], "silent": True, "moves": moves},
                        # a row that waits already is rewritten
                        "key": waiting[:1].key or prefix + uuid.uuid4().hex,
                        "due_at": self.notice_due(waiting[:1].create_date),
                    }
                ]
            )

    def notice_due(self, waits_since):
        """Return when a notice is sent, naive UTC: some seconds after the last change, at most
        `LONGEST_S` after the first one (waits_since, None if this is the first), and not in quiet
        hours."""
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
        return group_texts.GroupTexts(self.classroom).after_quiet(min(due, max(latest, now)))

    def notice(self, moves):
        """Return the text for {id of a partner: (status before, status now, role)}; the role is
        left out for students. Empty if nobody came or went, or nobody is to be told."""
        changed_ids = {"enrolled": [], "unenrolled": []}
        came, went = [], []
        for partner_id, (before, after, *role) in sorted(moves.items()):
            is_teacher = role == ["teacher"]
            if after == "in" and before != "in":
                (came if is_teacher else changed_ids["enrolled"]).append(partner_id)
            elif before == "in" and is_teacher and after != "in":
                went.append(partner_id)
            elif before == "in" and after in ("out", "banned"):
                # the class need not know which
                changed_ids["unenrolled"].append(partner_id)
        notices = [
            (kind, {"names": self.names(ids), "count": str(len(ids))})
            for kind, ids in changed_ids.items()
            if ids and group_texts.GroupTexts(self.classroom).says(kind)
        ]
        if (came or went) and group_texts.GroupTexts(self.classroom).says("teachers"):
            values = {"came": self.names(came), "went": self.names(went)}
            notices.append(("teachers", values))
        return group_texts.GroupTexts(self.classroom).text(notices)

    def names(self, partner_ids):
        """Return the names of these partners as a value for a text (see `rules.template`): shown as
        they are written, and isolated from their neighbours' writing direction."""
        names = self.env["res.partner"].browse(partner_ids).exists().sorted("name").mapped("name")
        return names_value(names, NAMES_MAX, _(" and %s others"))

    def tell_renamed(self, chat, before):
        """Announce the class's new name in the group, once for all changes within some seconds, and
        not if it is the old one again."""
        outbox = self.env["telegram.outbox"].sudo()
        prefix = "renamed:%s:" % chat.id
        waiting = outbox._take_back(chat, prefix)
        before = waiting[:1]._payload()["before"] if waiting else before
        is_news = chat.active and chat._row().state == "ready" and before != chat.name
        if not is_news or not group_texts.GroupTexts(self.classroom).says("renamed"):
            return
        spoken = self.classroom.with_context(lang=chat.lang)
        text = group_texts.GroupTexts(spoken).text([("renamed", {"before": before})])
        payload = {"text": text, "buttons": [], "silent": True, "before": before}
        outbox._enqueue(
            [
                {
                    "chat_id": chat.id,
                    "kind": "send",
                    "payload": payload,
                    "key": waiting[:1].key or prefix + uuid.uuid4().hex,
                    "due_at": self.notice_due(waiting[:1].create_date),
                }
            ]
        )
