"""Records the observations of calls: facts become rows of `telegram.presence`."""

from odoo import _
from odoo.exceptions import UserError

from ..calls.facts import call_of_fact


class PresenceRecorder:
    """Records facts, many at once. presence_of: function, kind of a fact → kind of presence."""

    def __init__(self, facts, presence_of):
        self.env, self.facts, self._presence_of = facts.env, facts, presence_of

    def record(self):
        """Append rows; existing rows stay. Raises UserError for a fact that names no call,
        ValueError for a payload that cannot be read: then nothing is recorded."""
        people, rows, calls = [], [], {}
        for fact in self.facts:
            payload = fact._payload()
            at = fact._instant(payload.get("at"))
            key = (fact.chat_id, payload.get("tg_call_id"))
            call = calls.get(key)
            if not call or at < call.opened_at:
                call = calls[key] = call_of_fact(fact, payload)
            if not call:
                raise UserError(_("The fact does not say which call it is about."))
            kind = self._presence_of(fact.kind)
            row = {"chat_id": fact.chat_id.id, "call_id": call.id, "kind": kind, "at": at}
            row["fact"] = fact.fact
            if kind in ("joined", "left"):
                name = payload.get("name")
                people.append((payload.get("tg_user_id"), name, payload.get("username")))
                row.update(self._participant(fact, payload))
            rows.append(row)
        self.env["telegram.contact"]._update_names(people)
        self.env["telegram.presence"]._append(rows)

    def _participant(self, fact, payload):
        """Return the values of columns that only joins and leaves have."""
        peer_kind, name = payload.get("peer_kind") or "user", payload.get("name")
        joined_at = payload.get("joined_at")
        return {
            "tg_user_id": payload.get("tg_user_id"),
            "tg_channel_id": payload.get("tg_channel_id"),
            "channel_name": name if name and peer_kind == "channel" else None,
            "peer_kind": peer_kind,
            "precision_s": payload.get("precision_s") or 0,
            "joined_at": fact._instant(joined_at) if joined_at else None,
            "source": payload.get("source") or None,
        }
