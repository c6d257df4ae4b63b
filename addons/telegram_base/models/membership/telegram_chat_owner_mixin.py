from odoo import models


class TelegramChatOwnerMixin(models.AbstractModel):
    """Hooks of a record that owns a Telegram group.

    Inherit it and override what matters; all hooks do nothing here. They run inside the handling
    of a fact (superuser, the chat's company and language): an exception sets the fact aside
    with its text as the reason and holds back the later facts of that chat.

    In all of them: `chat` is the telegram.chat; `partners` a res.partner recordset of the
    confirmed contacts of the person concerned, archived ones too, empty for a stranger; `fact`
    the telegram.inbox record, `fact._payload()` its content as a dict. Facts about what the
    gateway did by itself (`by_us`) do not come here.
    """

    _name = "telegram.chat.owner.mixin"
    _inherit = "telegram.labels.mixin"
    _description = "Owner of a Telegram group"

    def _telegram_on_chat_ready(self, chat, fact):
        """The group exists now and has an invite link."""

    def _telegram_on_bound(self, chat):
        """Somebody chose a group that was there before for this record, which had none."""

    def _telegram_on_review_wanted(self, chat, fact):
        """A group that was there before is used now; somebody must decide about those in it:
        `chat.action_review()`."""

    def _telegram_on_reviewed(self, chat, enrol, unenrol):
        """Somebody decided about the people of a group that was there before. enrol, unenrol:
        res.partner. Raises UserError when one of them cannot be; then nothing is done."""

    def _telegram_on_decided(self, chat, partner, is_enrolled):
        """Somebody decided with a button whether this known person, who is in the group or waits
        before it, belongs there. Returns False when that cannot be done here."""
        return False

    def _telegram_on_title_changed(self, chat, title, fact):
        """Somebody changed the group's title on Telegram, and the chat accepts that: it has the
        new name already."""

    def _telegram_on_member_joined(self, chat, partners, fact):
        """Somebody came into the group without Odoo having said so."""

    def _telegram_on_stranger_put_out(self, chat, fact):
        """Somebody came into the group whom the school does not know, and whom nobody let in who may:
        they are put out, not banned. `_telegram_on_member_joined` is not called for them."""

    def _telegram_on_member_left(self, chat, partners, fact):
        """Somebody left the group; `fact._payload()["is_witnessed"]` false: they are not in it any
        more, and nobody knows whether they left by themselves."""

    def _telegram_on_member_removed(self, chat, partners, fact):
        """A person removed somebody from the group; `fact._payload()["banned"]`: for good."""

    def _telegram_on_role_changed(self, chat, partners, role, fact):
        """Somebody was made administrator of the group by a person, or is none any more.
        role: `member` | `admin`."""

    def _telegram_on_request_waiting(self, chat, partners, fact):
        """Somebody asks to be let in whom the roster does not have as `in`."""

    def _telegram_on_removals_held(self, chat, members, fact):
        """So many people would be removed at once that somebody must confirm it first.
        members: their telegram.member rows; `chat.action_allow_removals()` confirms."""

    def _telegram_on_broken(self, chat, sentence, fact):
        """The group cannot be kept before somebody has put something right: `sentence` says what.
        Nobody was removed or unenrolled because of it."""

    def _telegram_on_account_deleted(self, chat, partners, fact):
        """People of the chat's roster have deleted their Telegram account, and have no other."""

    def _telegram_on_call_opened(self, chat, call, fact):
        """A call runs in the group. call: the telegram.call."""

    def _telegram_on_call_closed(self, chat, call, fact):
        """A call is over, all its presence is known. call: the telegram.call, empty when a
        `close_call` found none open; then `fact._payload()["close_key"]` names the command."""

    def _telegram_on_call_kept(self, chat, call, fact):
        """A call goes on though the command `fact._payload()["close_key"]` was to close it: it is
        needed still. What was seen of it until now is known. call: the telegram.call."""

    def _telegram_on_call_given_up(self, chat, fact):
        """The call of `fact._payload()["open_key"]` was ended again and again before its time, or
        Telegram refuses to open it again: a person has to."""

    def _telegram_on_people_united(self, chat):
        """Two contacts of whom the chat's roster has one turned out to be one person: they are
        united in roster, members and Telegram accounts. Not within the handling of a fact."""

    def _telegram_on_contact_confirmed(self, chat, partner):
        """Somebody of the chat's roster has linked a Telegram account."""

    def _telegram_on_question(self, chat, question):
        """Somebody must decide who a Telegram account is: that of a person of the chat's roster,
        it seems. question: the telegram.question. Told to one chat, not to all of the person's."""
