import re
from datetime import datetime, timedelta

from odoo import _, models
from odoo.exceptions import UserError

from ...privacy.gateway import on_person_forgotten
from ..membership.stranger_rule import is_to_be_removed
from ..membership.telegram_chat import TITLE_MAX
from .telegram_inbox import RECORDED

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|([+-])(\d\d):?(\d\d))?$", re.IGNORECASE
)


def parse_instant(text):
    """ISO 8601 (`2026-03-01T10:00:00.25Z`, or with an offset) → naive UTC datetime of whole
    seconds. Raises ValueError for anything else. Python 3.7's own parser takes no Z and only
    fractions of three or six digits."""
    match = _ISO.match((text or "").strip())
    if not match:
        raise ValueError("not an instant: %r" % (text,))
    day, time, sign, hours, minutes = match.groups()
    at = datetime.strptime("%s %s" % (day, time), "%Y-%m-%d %H:%M:%S")
    if sign:
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        at = at - offset if sign == "+" else at + offset
    return at


class TelegramInbox(models.Model):
    """What each kind of fact means: one `_process_<kind>` per kind, but for what is only recorded. They run with user, company
    and language set (`_explicit`), inside a savepoint; whatever they raise sets the fact aside."""

    _inherit = "telegram.inbox"

    def _process(self):
        if self.kind in RECORDED:
            return self._record()
        method = getattr(self, "_process_%s" % self.kind, None)
        if method is None:
            raise UserError(_("Nobody here knows facts of the kind “%s”.") % self.kind)
        payload = self._payload()
        person = payload.get("tg_user_id"), payload.get("name"), payload.get("username")
        self.env["telegram.contact"]._see([person])
        return method(payload)

    def _instant(self, text):
        """An instant of the payload → naive UTC datetime; the fact's own time if it is empty."""
        if text:
            return parse_instant(text)
        return (self.occurred_at or self.created_at).replace(microsecond=0)

    def _persons(self, payload):
        return self.env["telegram.contact"]._partners(payload.get("tg_user_id"))

    # -- chats ----------------------------------------------------------------------------------

    def _process_chat_ready(self, payload):
        chat = self.chat_id
        chat._call_owner("_telegram_on_chat_ready", chat, self)
        if chat.is_reviewed:
            self.env["telegram.bot"]._invite_roster(chat, payload.get("invite_link"))
        else:
            chat._call_owner("_telegram_on_review_wanted", chat, self)

    def _process_chat_broken(self, payload):
        chat = self.chat_id
        sentence = self.env["telegram.words"]._broken(payload.get("error_code"))
        chat._call_owner("_telegram_on_broken", chat, sentence, self)

    def _process_title_changed(self, payload):
        # no title on Telegram is longer, and one that is would hold up the group's other facts
        chat, title = self.chat_id, (payload.get("title") or "").strip()[:TITLE_MAX].strip()
        if payload.get("restored"):
            chat._send(
                _("The title of this group follows its name at the school and was changed back."),
                silent=True,
            )
            return
        if payload.get("by_us") or not title or chat.title_policy != "accept":
            return  # the reconciliation after this fact restores ours
        if chat.name != title:
            chat.write({"name": title})
        chat._call_owner("_telegram_on_title_changed", chat, title, self)

    # -- people ---------------------------------------------------------------------------------

    def _call_owner_about(self, hook, payload, *args):
        if not payload.get("by_us"):
            partners = self._persons(payload)
            self.chat_id._call_owner(hook, self.chat_id, partners, *(args + (self,)))

    def _process_member_joined(self, payload):
        chat, user = self.chat_id, payload.get("tg_user_id")
        guests = self.env["telegram.guest"]
        is_decided = guests._about(chat, user).filtered(lambda one: not one.by_rule)
        is_stranger = not (payload.get("by_us") or is_decided or self._persons(payload))
        if is_stranger and is_to_be_removed(chat, payload):
            guests._put_out(chat, user)
            chat._call_owner("_telegram_on_stranger_put_out", chat, self)
            return
        guests._take_rule_back(chat, user)
        self._call_owner_about("_telegram_on_member_joined", payload)

    def _process_member_left(self, payload):
        self._call_owner_about("_telegram_on_member_left", payload)

    def _process_member_removed(self, payload):
        self._call_owner_about("_telegram_on_member_removed", payload)

    def _process_member_promoted(self, payload):
        self._call_owner_about("_telegram_on_role_changed", payload, "admin")

    def _process_member_demoted(self, payload):
        self._call_owner_about("_telegram_on_role_changed", payload, "member")

    def _process_request_waiting(self, payload):
        self.env["telegram.invite"]._suggest(payload)
        self._call_owner_about("_telegram_on_request_waiting", payload)

    def _process_person_changed(self, payload):
        if not payload.get("is_deleted"):
            return  # the new name was taken over before this
        contacts = self.env["telegram.contact"]
        partners = contacts._account_deleted(payload.get("tg_user_id")).mapped("partner_id")
        gone = contacts._partners_of_deleted(partners)
        for chat in gone._telegram_roster_chats("in"):
            chat = chat.with_context(lang=chat.lang or self.env.lang)
            rows = chat.roster_ids.filtered(lambda one: one.status == "in")
            chat._call_owner(
                "_telegram_on_account_deleted", chat, gone & rows.mapped("partner_id"), self
            )

    def _process_removals_held(self, payload):
        members = self.chat_id._held_members()
        if members:  # else it was settled before we came to read of it
            self.chat_id._call_owner("_telegram_on_removals_held", self.chat_id, members, self)

    def _process_bot_message(self, payload):
        if payload.get("tg_user_id"):
            self.env["telegram.outbox"]._send_missed(payload["tg_user_id"])
        self.env["telegram.bot"]._answer(self)

    def _process_button_pressed(self, payload):
        self.env["telegram.bot"]._press(self)

    def _process_phone_looked_up(self, payload):
        lookup = self.env["telegram.lookup"].browse(payload.get("lookup_id") or 0).exists()
        if lookup.state == "waiting":
            lookup._answered(payload)

    def _process_link_made(self, payload):
        invite = self.env["telegram.invite"].browse(payload.get("invite_id") or 0).exists()
        invite.write({"link": payload.get("link")})

    def _process_person_forgotten(self, payload):
        command = self.env["telegram.outbox"].browse(payload.get("command_id") or 0).exists()
        if command.kind == "forget":
            on_person_forgotten(command)

    # -- calls ----------------------------------------------------------------------------------

    def _call(self, payload):
        """The call that a fact is about; made here if its opening was never told."""
        if not payload.get("tg_call_id"):
            return self.env["telegram.call"]
        return self.env["telegram.call"]._opened(
            self.chat_id,
            payload["tg_call_id"],
            self._instant(payload.get("at")),
            payload.get("open_key"),
        )

    def _process_call_opened(self, payload):
        call = self._call(payload)
        if call.closed_at:  # told of its end already
            return
        self.chat_id._call_owner("_telegram_on_call_opened", self.chat_id, call, self)

    def _process_call_closed(self, payload):
        call = self._call(payload)
        if call and not call.closed_at:
            call.write(
                {
                    "closed_at": self._instant(payload.get("at")),
                    "is_closed_by_us": bool(payload.get("by_us")),
                }
            )
        self.chat_id._call_owner("_telegram_on_call_closed", self.chat_id, call, self)

    def _process_call_kept(self, payload):
        call = self._call(payload)
        self.chat_id._call_owner("_telegram_on_call_kept", self.chat_id, call, self)

    def _process_call_given_up(self, payload):
        self.chat_id._call_owner("_telegram_on_call_given_up", self.chat_id, self)

    def _record(self):
        """Append what these facts saw to `telegram.presence`; what is there already stays."""
        people, rows, calls = [], [], {}
        for fact in self:
            payload = fact._payload()
            kind = RECORDED[fact.kind]
            at = fact._instant(payload.get("at"))
            key = (fact.chat_id, payload.get("tg_call_id"))
            call = calls.get(key)
            if not call or at < call.opened_at:
                call = calls[key] = fact._call(payload)
            if not call:
                raise UserError(_("The fact does not say which call it is about."))
            row = {"chat_id": fact.chat_id.id, "call_id": call.id, "kind": kind, "at": at}
            row["fact"] = fact.fact
            if kind in ("joined", "left"):
                peer_kind = payload.get("peer_kind") or "user"
                name = payload.get("name")
                people.append((payload.get("tg_user_id"), name, payload.get("username")))
                row.update(
                    tg_user_id=payload.get("tg_user_id"),
                    tg_channel_id=payload.get("tg_channel_id"),
                    channel_name=name if name and peer_kind == "channel" else None,
                    peer_kind=peer_kind,
                    precision_s=payload.get("precision_s") or 0,
                    joined_at=fact._instant(payload["joined_at"])
                    if payload.get("joined_at")
                    else None,
                    source=payload.get("source") or None,
                )
            rows.append(row)
        self.env["telegram.contact"]._see(people)
        self.env["telegram.presence"]._append(rows)

    # -- accounts -------------------------------------------------------------------------------

    def _process_account_lost(self, payload):
        """Shown among the accounts, from the gateway's own table."""

    def _process_account_limited(self, payload):
        """As above; the administrators are told of it as of every trouble."""

    def _process_account_frozen(self, payload):
        """As above; calls that the account cannot open are others' to open."""
        self.env["telegram.account"]._on_standing(self.pool_name)

    def _process_account_thawed(self, payload):
        self.env["telegram.account"]._on_standing(self.pool_name)

    def _process_account_back(self, payload):
        """As above."""
