from collections import defaultdict
from datetime import datetime

from odoo import _, api, models
from odoo.tools import format_datetime


class TelegramWords(models.AbstractModel):
    """The lines of `health.lines` in a person's words: what is so, and what to do about it."""

    _inherit = "telegram.words"

    @api.model
    def _health(self, code, facts):
        """(sentence, what a person should do or "") for a line, in the language and time zone of
        the user."""
        return self._health_words(self._health_facts(facts))[code]

    @api.model
    def _health_facts(self, facts):
        """The facts of a line as they stand in sentences."""
        shown = defaultdict(str, {key: "" if v is None else v for key, v in facts.items()})
        for key, value in facts.items():
            if key in ("since", "until") or key.endswith("_at"):
                shown[key] = self._health_when(value)
        shown["error"] = shown["error"] or self._error(facts.get("error_code")) or _("no reason")
        shown["error"] = shown["error"].rstrip(".")  # the sentence goes on after it
        if facts.get("kind") in ("bot", "user"):
            shown["account"] = {"bot": _("The bot"), "user": _("The school's account")}[
                facts["kind"]
            ]
            shown["name"] = shown["name"] or shown["username"]
        elif facts.get("kind"):
            shown["what"] = self._command(facts["kind"]) or self._fact(facts["kind"])
        shown["method"] = self._method(facts.get("method"))
        shown["part"] = self._part(facts.get("part"))
        shown["by"] = shown["by"] or _("somebody")
        shown["why"] = self._waits(facts.get("why"), shown)
        if facts.get("chat") and "what" in shown:
            shown["what"] = "%s (%s)" % (shown["what"], facts["chat"])
        return shown

    @api.model
    def _health_when(self, iso):
        """An instant of the facts in the user's time zone; "" for none."""
        if not iso:
            return ""
        at = datetime.strptime(iso, "%Y-%m-%dT%H:%M:%SZ")
        return format_datetime(self.env, at, tz=self.env.user.tz, dt_format="short")

    @api.model
    def _command(self, kind):
        kinds = self.env["telegram.outbox"]._fields["kind"]._description_selection(self.env)
        return dict(kinds).get(kind)

    @api.model
    def _waits(self, why, shown):
        """Why the oldest command waits."""
        words = {
            "paused": _("it is paused"),
            "gateway_away": _("no gateway is at work"),
            "frozen": _("Telegram has frozen the account that does it"),
            "resting": _("it is tried again on %s (%s)") % (shown["until"], shown["error"]),
            "group_being_made": _("its group is being made"),
            "working": _("it is being done"),
            "in_turn": _("its turn comes now"),
        }
        return words.get(why, "")

    @api.model
    def _part(self, part):
        """What a part of a look at a group says, in words."""
        words = {
            "full": _("what the group is called and how many people are in it"),
            "members": _("who is in the group"),
            "banned": _("who is banned"),
            "requests": _("who waits to be let in"),
            "people": _("whether some people are still in the group"),
            "log": _("who brought people in or put them out"),
        }
        return words.get(part, part or "")

    @api.model
    def _method(self, method):
        """What a request of Telegram's does, in words; its name where people know no other."""
        words = {
            "phone.createGroupCall": _("opening calls"),
            "phone.discardGroupCall": _("closing calls"),
            "phone.getGroupParticipants": _("looking who is in a call"),
            "phone.getGroupCall": _("looking who is in a call"),
            "channels.createChannel": _("making groups"),
            "messages.sendMessage": _("sending messages"),
            "messages.hideChatJoinRequest": _("letting people in"),
            "channels.editBanned": _("removing people"),
        }
        return words.get(method, method or "")

    @api.model
    def _method_advice(self, shown):
        if shown["method"] == self._method("phone.createGroupCall"):
            return _(
                "A lesson that begins before that: a teacher can start the call in the group; it "
                "becomes the lesson's."
            )
        return ""

    @api.model
    def _frozen_sentence(self, f):
        if f["kind"] == "bot":
            return _(
                "Telegram has frozen the bot (%(name)s) since %(since)s: nobody is let in or "
                "removed, no message is sent. Calls go on, and what happens is still recorded."
            )
        return _(
            "Telegram has frozen the school's account (%(name)s) since %(since)s: no call is opened "
            "or closed, no group is made. The bot goes on, and tells the teachers before each "
            "lesson to open the call themselves."
        )

    @api.model
    def _frozen_advice(self, f):
        parts = []
        if f["deleted_at"]:
            parts.append(_("Appeal before %(deleted_at)s: Telegram deletes it then."))
        if f["appeal_url"]:
            parts.append(_("How: in a Telegram app in which it is logged in, open %(appeal_url)s."))
        elif f["kind"] == "bot":
            parts.append(_("Its owner can appeal to Telegram: write to @BotSupport."))
        else:
            parts.append(
                _("How: open a Telegram app in which it is logged in; it says how to appeal.")
            )
        parts.append(_("Once Telegram has granted it, everything goes on by itself."))
        return " ".join(parts)

    @api.model
    def _overall(self, level, count):
        """The one sentence at the top."""
        if level == "down":
            return _("Telegram is not being served: somebody has to do something now.")
        if level == "act":
            if count == 1:
                return _("Telegram is being served, but one thing needs you.")
            return _("Telegram is being served, but %s things need you.") % count
        if level == "note":
            return _("All is well. Something is worth a look, nobody needs to act.")
        return _("All is well.")

    @api.model
    def _section(self, section):
        words = {
            "gateway": _("Gateway"),
            "accounts": _("Bot and account"),
            "commands": _("Commands to Telegram"),
            "facts": _("Facts from Telegram"),
            "groups": _("Groups"),
            "odoo": _("Odoo"),
        }
        return words[section]

    @api.model
    def _health_words(self, f):
        again = _("“Try again” once the reason is gone, “Drop” if it is no longer wanted.")
        words = {
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
            "account_missing": (
                _("%(account)s is not connected yet: nothing can be done on Telegram."),
                _(
                    "Connect it: Telegram → Configuration → Connect; or on the gateway's machine: "
                    "“telegram-gateway login %(kind)s”."
                ),
            ),
            "account_lost": (
                _("%(account)s (%(name)s) was lost on %(since)s: %(error)s."),
                _(
                    "Connect it again: Telegram → Configuration → Connect; or on the gateway's "
                    "machine: “telegram-gateway login %(kind)s”."
                ),
            ),
            "account_frozen": (self._frozen_sentence(f), self._frozen_advice(f)),
            "account_fresh": (
                _(
                    "%(account)s (%(name)s) may not appoint administrators before %(until)s: its "
                    "login is too young, or it was just made an administrator itself. Everything "
                    "else goes on. Groups that wait for it, without a link for anybody: %(groups)s."
                ),
                "",
            ),
            "account_disconnected": (
                _("%(account)s (%(name)s) is not connected since %(since)s."),
                _(
                    "Look at the gateway's network and its log; “telegram-gateway check” says what "
                    "it lacks."
                ),
            ),
            "account_well": (_("%(account)s (%(name)s) is connected since %(since)s."), ""),
            "groups_full": (
                _("The school has %(used)s groups; the account may be in %(most)s: no more fit."),
                _(
                    "Archive classrooms and leave their groups with the account, give it Telegram "
                    "Premium (1,000 groups), or add a second pool."
                ),
            ),
            "groups_nearly_full": (
                _("Groups of the school: %(used)s of the %(most)s that the account may be in."),
                _("Plan for the next ones: Telegram Premium allows 1,000 groups."),
            ),
            "groups_room": (
                _("Groups of the school: %(used)s of the %(most)s that the account may be in."),
                "",
            ),
            "groups_today_spent": (
                _(
                    "%(made)s groups were made within 24 hours, as many as is wise: the next one "
                    "can be made at %(free_at)s."
                ),
                "",
            ),
            "groups_today": (_("Groups made within 24 hours: %(made)s of %(most)s."), ""),
            "account_limited": (
                _(
                    "%(account)s (%(name)s) adds nobody to a group directly until %(until)s: "
                    "%(error)s. Everything goes on by link."
                ),
                _(
                    "Until then, add nobody by hand with this account, and write to nobody who "
                    "did not write first."
                ),
            ),
            "groups_limited": (
                _(
                    "%(account)s (%(name)s) makes no group until %(until)s: %(error)s. New groups "
                    "wait, everything else goes on."
                ),
                _(
                    "In Telegram, logged in as it, ask @SpamBot why; until then make no group by "
                    "hand with it either."
                ),
            ),
            "method_paused": (
                _(
                    "%(account)s (%(name)s) does one thing less until %(until)s, because Telegram "
                    "wants a pause: %(method)s. What is due of it waits, and is then done in the "
                    "order of its urgency."
                ),
                self._method_advice(f),
            ),
            "direct_adds_spent": (
                _(
                    "Added directly within 24 hours: %(used)s, as many as is wise; the next one "
                    "on %(free_at)s. Everything goes on by link."
                ),
                "",
            ),
            "direct_adds": (
                _("Direct adds left within 24 hours: %(left)s of %(most)s."),
                "",
            ),
            "lookups_spent": (
                _(
                    "Telephone numbers looked up within 24 hours: %(used)s, as many as is wise; the "
                    "next one on %(free_at)s."
                ),
                "",
            ),
            "lookups": (
                _("Look-ups of telephone numbers left within 24 hours: %(left)s of %(most)s."),
                "",
            ),
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
            "chat_broken": (
                _("The group “%(chat)s” is broken: %(error)s."),
                _(
                    "On Telegram, bring the school's account and the bot back into the group and "
                    "make both administrators; then press “Check this group”. If the group is "
                    "gone for good, use another one (“Use an existing group” on its page)."
                ),
            ),
            "chat_held": (
                _(
                    "In “%(chat)s”, removals that wait for your word: %(count)s. Nobody is removed "
                    "before."
                ),
                _("Open the group, look at them under “Members”, and confirm or correct."),
            ),
            "chat_to_review": (
                _("“%(chat)s” was there before: nobody has decided yet about those in it."),
                _("Open the group and press “Look at who is in it”."),
            ),
            "chat_paused": (
                _("“%(chat)s” is paused by %(by)s since %(since)s."),
                _("Press “Resume” when it may go on."),
            ),
            "chats_never_made": (
                _("Groups that could not be made since %(since)s: %(count)s (%(names)s)."),
                _(
                    "Look at the gateway and at the failed commands above; then press “Check” "
                    "beside the groups below."
                ),
            ),
            "chats_being_made": (
                _("Groups still to be made: %(count)s (%(names)s)."),
                "",
            ),
            "chats_unseen": (
                _(
                    "In %(names)s, %(part)s is not known since %(since)s: %(error)s. It is asked "
                    "again and again; everything else goes on."
                ),
                _(
                    "Where it lasts, see that the school's account and the bot are both "
                    "administrators of the group, the account with the right to add people; then "
                    "press “Check” beside it."
                ),
            ),
            "chats_unknown": (
                _(
                    "%(account)s does not know these groups since %(since)s: %(names)s "
                    "(%(count)s). It does nothing there, and asks again by itself, ever less often."
                ),
                _("The bot must be an administrator there: see that it is, or make it one again.")
                if f["kind"] == "bot"
                else _(
                    "In Telegram, logged in as the school's account, see that it is in these "
                    "groups; else an administrator lets it in again. Then press “Check this "
                    "group”. Until then open the lessons' calls there by hand."
                ),
            ),
            "chats_untrusted": (
                _(
                    "Groups in which the last full check could not see everybody: %(count)s "
                    "(%(names)s). Nobody is held to be absent because of that."
                ),
                "",
            ),
            "chats_ready": (
                _("Groups ready: %(count)s, read as a whole: %(checked)s."),
                "",
            ),
            "inbox_cron_off": (
                _("Odoo's scheduled action that handles facts is switched off or deleted."),
                _(
                    "Settings → Technical → Scheduled actions → “Telegram: handle waiting facts”: "
                    "switch it on; if it is gone, upgrade the module telegram_base."
                ),
            ),
            "inbox_cron_late": (
                _("Odoo's scheduled action that handles facts should have run at %(due_at)s."),
                _(
                    "Odoo's scheduled actions stand still: start Odoo with cron workers "
                    "(max_cron_threads) and look into its log."
                ),
            ),
            "inbox_cron_well": (_("The scheduled action that handles facts runs."), ""),
            "doorbell_missing": (
                _(
                    "The gateway's own user in Odoo is missing or archived: what happens on "
                    "Telegram arrives up to a minute late."
                ),
                _(
                    "Restore the user (group “Telegram gateway: may ring the doorbell”) and give "
                    "the gateway its name and password."
                ),
            ),
            "text_unusable": (
                _("The school's text “%(text)s” cannot be used: %(error)s."),
                _(
                    "The built-in one is sent in its place. Correct it: Configuration → Texts of "
                    "the notices."
                ),
            ),
            "doorbell_well": (_("The gateway's own user in Odoo is there."), ""),
        }
        return {code: (sentence % f, advice % f) for code, (sentence, advice) in words.items()}
