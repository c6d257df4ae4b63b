from odoo import _, api, models
from odoo.tools import format_datetime

from ...rules import first_groups as rules
from ...services.membership.roster import ClassRoster
from ...services.messages.group_texts import GroupTexts

#: Groups that the account makes a day, while the gateway has not said how many.
GROUPS_A_DAY = 15


class TelegramOnboarding(models.AbstractModel):
    """Which of the classes that were there before get a group. Installing the addon switches none
    of them on; here somebody ticks them, and is told before what would follow."""

    _inherit = "telegram.onboarding"

    @api.model
    def _steps(self):
        return super()._steps() + [self._step_classes()]

    @api.model
    def _step_classes(self):
        """The step of the classes without a group. `classes`: those that may be ticked, a list of
        dicts(value, name, first: its next lesson in words, is_ticked); `counts`: see
        `_what_follows`; `new_on`: whether a class that is made gets a group. The values in
        `telegram_ticked` of the context are ticked (None: none)."""
        found = self._without_group()
        ticked = set(self.env.context.get("telegram_ticked") or ())
        values = ["%s,%s" % (record._name, record.id) for record, _at in found]
        chosen = [record for (record, _at), value in zip(found, values) if value in ticked]
        counts = self._what_follows(chosen)
        text = (
            _("Classes that have no Telegram group: %s. Tick those that shall get one.")
            % len(found)
            if found
            else _("Every class has its Telegram group, or will get it.")
        )
        return {
            "title": _("Which classes get a group"),
            "text": text,
            "is_done": bool(not found or self._groups_wanted()),
            "classes": [
                {
                    "value": value,
                    "name": record.display_name,
                    "first": self._in_words(record, at),
                    "is_ticked": value in ticked,
                }
                for (record, at), value in zip(found, values)
            ],
            "counts": counts,
            "sentences": self._sentences(counts),
            "new_on": self.env.company.telegram_new_groups,
        }

    @api.model
    def _in_words(self, record, at):
        if not at:
            return _("no lesson to come")
        zone = str(GroupTexts(record).zone())
        said = format_datetime(self.env, at, tz=zone, dt_format="short", lang_code=self.env.lang)
        return _("next lesson: %s") % said

    @api.model
    def _without_group(self):
        """[(record, start of its next lesson or None)] of all adapters' models, of the user's
        companies, in the order in which they would get their groups."""
        found = []
        for model in self.env["telegram.classroom.mixin"]._telegram_models():
            domain = [("telegram_enabled", "=", False)] + model._telegram_listed()
            if "company_id" in model._fields:
                domain += [
                    "|",
                    ("company_id", "=", False),
                    ("company_id", "in", self.env.user.company_ids.ids),
                ]
            # whoever sees to Telegram need not be of the school's own groups
            records = model.sudo().search(domain)
            starts = ClassRoster(records).next_lessons()
            found += [(one, starts.get(one.id), one.display_name or "") for one in records]
        starts = {(one._name, one.id): at for one, at, _name in found}
        return [(one, starts[one._name, one.id]) for one in rules.in_turn(found)]

    @api.model
    def _groups_waiting(self):
        """How many groups are wanted already and not made yet."""
        return self.env["telegram.chat"].sudo().search_count([("state", "=", "waiting")])

    @api.model
    def _groups_wanted(self):
        """Whether any class of the school's has a group or is to get one."""
        for model in self.env["telegram.classroom.mixin"]._telegram_models():
            if model.sudo().search(
                [("telegram_enabled", "=", True)] + model._telegram_listed(), limit=1
            ):
                return True
        return False

    @api.model
    def _what_follows(self, records):
        """What follows once these records get their groups: dict(groups, a_day, waiting: groups
        that come before them, days, mails: people who are written an e-mail with their personal
        link, told: people whom the bot sends a group's link)."""
        accounts = self.env["telegram.account"].sudo().search([("kind", "=", "user")])
        a_day = max(accounts.mapped("groups_a_day") or [0]) or GROUPS_A_DAY
        nothing = self.env["telegram.roster"].sudo()
        people, by_mail, new_by_mail = set(), set(), set()
        for record in records:
            entries = ClassRoster(record).entries(nothing, ())
            mine = {one["partner_id"] for one in entries if one["status"] == "in"}
            people |= mine
            if GroupTexts(record).company().telegram_mail:
                by_mail |= mine
                # contacts are made with the e-mail of the school's own records
                new_by_mail |= {
                    (person._name, person.id)
                    for person in ClassRoster(record).without_contact()
                    if "email" in person._fields and person.email
                }
        partners = self.env["res.partner"].sudo().browse(sorted(people))
        linked = partners._telegram_contacts().mapped("partner_id")
        mailed = (
            self.env["telegram.mailing"]
            .sudo()
            ._first_mails(partners.filtered(lambda one: one.id in by_mail))
        )
        waiting = self._groups_waiting()
        return {
            "groups": len(records),
            "a_day": a_day,
            "waiting": waiting,
            "days": rules.days(len(records), a_day, waiting),
            "mails": len(mailed) + len(new_by_mail),
            "told": len(linked),
        }

    @api.model
    def _sentences(self, counts):
        """What follows, in words: a list of sentences, empty for no group."""
        if not counts["groups"]:
            return []
        said = [
            _(
                "Groups: %(groups)s. Days until all are made: %(days)s. The account makes %(a_day)s a day, those with the nearest lesson first."
            )
            % counts
        ]
        if counts["waiting"]:
            said.append(
                _("Groups that are wanted already and come before them: %(waiting)s.") % counts
            )
        said.append(
            _(
                "People who are written an e-mail with their personal link, once their group is there: %(mails)s. Each is reminded twice at most."
            )
            % counts
            if counts["mails"]
            else _("Nobody is written an e-mail.")
        )
        if counts["told"]:
            said.append(_("People whom the bot sends the link of their group: %(told)s.") % counts)
        return said

    @api.model
    def _switch_on(self, values):
        """Let the classes with these values (`model,id`) have a group, in the order of their next
        lessons. What is not on the list is left alone."""
        wanted = set(values)
        for record, _at in self._without_group():
            if "%s,%s" % (record._name, record.id) in wanted:
                record.write({"telegram_enabled": True})

    @api.model
    def _switch_new(self, is_on):
        """Say whether a class that is made from now on gets a group by itself."""
        self.env.company.sudo().telegram_new_groups = is_on
