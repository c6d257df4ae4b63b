from odoo import models


class TelegramChatOwnerMixin(models.AbstractModel):
    """Hooks of a record that owns a Telegram group.

    Inherit it and override the hooks that matter; none of them does anything here. They run inside
    the handling of a fact (superuser, the chat's company and language): an exception sets the fact
    aside with its text as the reason and holds back the later facts of that chat.

    In all of them: `chat` is the telegram.chat; `partners` a res.partner recordset of the confirmed
    contacts of the person concerned, archived ones too, empty for a stranger; `fact` the
    telegram.inbox record, `fact._payload()` its content as a dict. Facts about the gateway's own
    changes (`by_us`) do not come here.
    """

    _name = "telegram.chat.owner.mixin"
    _inherit = "telegram.labels.mixin"
    _description = "Owner of a Telegram group"

    def _telegram_on_chat_ready(self, chat, fact):
        """The group exists now and has an invite link."""

    def _telegram_on_bound(self, chat):
        """Somebody chose an existing group for this record, which had none."""

    def _telegram_on_review_wanted(self, chat, fact):
        """An existing group is used now; somebody must decide about the people in it:
        `chat.action_review()`."""

    def _telegram_on_reviewed(self, chat, enrol, unenrol):
        """Somebody decided about the people of an existing group. enrol, unenrol: res.partner.
        Raises UserError if one of them cannot be enrolled or unenrolled; then nothing is done."""

    def _telegram_on_decided(self, chat, partner, is_enrolled):
        """Somebody decided with a button whether this known person, who is in the group or asks to
        come in, belongs there. Returns False if that cannot be done here."""
        return False

    def _telegram_on_title_changed(self, chat, title, fact):
        """Somebody changed the group's title on Telegram, and the chat accepts that: it has the
        new name already."""

    def _telegram_on_member_joined(self, chat, partners, fact):
        """Somebody came into the group without Odoo's wish."""

    def _telegram_on_stranger_put_out(self, chat, fact):
        """A stranger came into the group, and nobody with the right to do so let them in: they are
        removed, not banned. `_telegram_on_member_joined` is not called for them."""

    def _telegram_on_member_left(self, chat, partners, fact):
        """Somebody left the group; if `fact._payload()["is_witnessed"]` is false they are gone, and
        it is unknown whether they left on their own."""

    def _telegram_on_member_removed(self, chat, partners, fact):
        """A person removed somebody from the group; `fact._payload()["banned"]`: for good."""

    def _telegram_on_role_changed(self, chat, partners, role, fact):
        """A person made somebody administrator of the group, or took that away. role: `member` |
        `admin`."""

    def _telegram_on_request_waiting(self, chat, partners, fact):
        """A join request waits; the person is not `in` on the roster."""

    def _telegram_on_removals_held(self, chat, members, fact):
        """The removal limit is exceeded, and somebody must confirm the removals. members: their
        telegram.member rows; `chat.action_allow_removals()` confirms."""

    def _telegram_on_broken(self, chat, sentence, fact):
        """The group is broken until somebody has put something right: `sentence` says what. Nobody
        was removed or unenrolled because of it."""

    def _telegram_on_account_deleted(self, chat, partners, fact):
        """People of the chat's roster have deleted their Telegram account, and have no other."""

    def _telegram_on_call_opened(self, chat, call, fact):
        """A call runs in the group. call: the telegram.call."""

    def _telegram_on_call_closed(self, chat, call, fact):
        """A call is over, all its presence is known. call: the telegram.call, empty when a
        `close_call` found none open; then `fact._payload()["close_key"]` names the command."""

    def _telegram_on_call_kept(self, chat, call, fact):
        """A call goes on although the command `fact._payload()["close_key"]` was to close it: it is
        still needed. Its presence until now is known. call: the telegram.call."""

    def _telegram_on_call_given_up(self, chat, fact):
        """The call of `fact._payload()["open_key"]` was ended several times before its time, or
        Telegram refuses to open it again: a person has to."""

    def _telegram_on_people_united(self, chat):
        """Two contacts turned out to be one person, and one of them is on the chat's roster: they
        are merged in roster, members and Telegram accounts. Not called while a fact is handled."""

    def _telegram_on_contact_confirmed(self, chat, partner):
        """Somebody of the chat's roster has linked a Telegram account."""

    def _telegram_on_question(self, chat, question):
        """Somebody must decide whose account this is; it seems to belong to a person on the chat's
        roster. question: the telegram.question. Only one of the person's chats is told."""
