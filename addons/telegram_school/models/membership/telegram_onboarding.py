from odoo import _, api, models
from odoo.tools import format_datetime

from ...rules import first_groups as rules
from ...services.calls.trial import Trial
from ...services.membership.first_groups import FirstGroups
from ...services.membership.roster import ClassRoster
from ...services.messages.group_texts import GroupTexts

#: Groups that the account makes a day, until the gateway has reported its number.
GROUPS_A_DAY = 15


class TelegramOnboarding(models.AbstractModel):
    """The choice of existing classes that get a group, and a test lesson for oneself.

    Installing the addon gives none of the classes a group; here somebody ticks them, and is shown
    the consequences first.
    """

    _inherit = "telegram.onboarding"

    @api.model
    def _steps(self):
        steps = super()._steps()
        is_ready = all(step["is_done"] for step in steps[:3])
        return steps + [self._step_classes(), Trial(self.env).step(is_ready)]

    @api.model
    def _step_classes(self):
        """Return the step of the classes without a group, a dict.

        `classes`: those that may be ticked, list of dicts(value, name, first: its next lesson in
        words, is_ticked); `counts`: see `_what_follows`; `new_on`: True if a new class gets a
        group. The values in `telegram_ticked` of the context are ticked (None: none).
        """
        waiting = self._without_group()
        ticked = set(self.env.context.get("telegram_ticked") or ())
        values = ["%s,%s" % (record._name, record.id) for record, _at in waiting]
        chosen = [record for (record, _at), value in zip(waiting, values) if value in ticked]
        counts = self._what_follows(chosen)
        text = (
            _("Classes that have no Telegram group: %s. Tick those that shall get one.")
            % len(waiting)
            if waiting
            else _("Every class has its Telegram group, or will get it.")
        )
        return {
            "title": _("Which classes get a group"),
            "text": text,
            "is_done": bool(not waiting or self._groups_wanted()),
            "classes": [
                {
                    "value": value,
                    "name": record.display_name,
                    "first": self._in_words(record, at),
                    "is_ticked": value in ticked,
                }
                for (record, at), value in zip(waiting, values)
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
        """Return [(record, start of its next lesson or None)] of the classes without a group, of
        all adapters' models and the user's companies, in the order in which they would get their
        groups."""
        records_at = []
        for model in self.env["telegram.classroom.mixin"]._telegram_models():
            domain = [("telegram_enabled", "=", False)] + model._telegram_listed()
            if "company_id" in model._fields:
                domain += [
                    "|",
                    ("company_id", "=", False),
                    ("company_id", "in", self.env.user.company_ids.ids),
                ]
            # administrators of Telegram may lack the rights of the school's own groups
            records = model.sudo().search(domain)
            starts = FirstGroups(records).next_lessons()
            records_at += [(one, starts.get(one.id), one.display_name or "") for one in records]
        starts = {(one._name, one.id): at for one, at, _name in records_at}
        return [(one, starts[one._name, one.id]) for one in rules.in_turn(records_at)]

    @api.model
    def _groups_waiting(self):
        """Return the number of groups that are wanted and not made yet."""
        return self.env["telegram.chat"].sudo().search_count([("state", "=", "waiting")])

    @api.model
    def _groups_wanted(self):
        """Return whether any class of the school has a group, or is to get one."""
        for model in self.env["telegram.classroom.mixin"]._telegram_models():
            if model.sudo().search(
                [("telegram_enabled", "=", True)] + model._telegram_listed(), limit=1
            ):
                return True
        return False

    @api.model
    def _what_follows(self, records):
        """Return the consequences of giving these records their groups: dict of numbers.

        groups: of these records; a_day: groups made per day; waiting: groups that are made before
        them; days: until all are made; mails: people who are sent an e-mail with their personal
        link; told: people to whom the bot sends a group's link.
        """
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
        """Return the consequences as a list of sentences; empty for no group. counts: as of
        `_what_follows`."""
        if not counts["groups"]:
            return []
        sentences = [
            _(
                "Groups: %(groups)s. Days until all are made: %(days)s. The account makes %(a_day)s a day, those with the nearest lesson first."
            )
            % counts
        ]
        if counts["waiting"]:
            sentences.append(
                _("Groups that are wanted already and come before them: %(waiting)s.") % counts
            )
        sentences.append(
            _(
                "People who are written an e-mail with their personal link, once their group is there: %(mails)s. Each is reminded twice at most."
            )
            % counts
            if counts["mails"]
            else _("Nobody is written an e-mail.")
        )
        if counts["told"]:
            sentences.append(
                _("People whom the bot sends the link of their group: %(told)s.") % counts
            )
        return sentences

    @api.model
    def _switch_on(self, values):
        """Let the classes with these values (`model,id`) have a group, in the order of their next
        lessons. Values that are not on the list are ignored."""
        wanted = set(values)
        for record, _at in self._without_group():
            if "%s,%s" % (record._name, record.id) in wanted:
                record.write({"telegram_enabled": True})

    @api.model
    def _switch_new(self, is_on):
        """Set whether a class that is created from now on gets a group by itself."""
        self.env.company.sudo().telegram_new_groups = is_on

    # -- the test lesson ------------------------------------------------------------------------

    @api.model
    def _do_test_begin(self):
        Trial(self.env).begin()

    @api.model
    def _do_test_lesson(self):
        Trial(self.env).open_lesson()

    @api.model
    def _do_test_end(self):
        Trial(self.env).end_lesson()

    @api.model
    def _do_test_clean(self):
        Trial(self.env).clean()
