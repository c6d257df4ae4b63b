"""Crons and enrolments cost what there is to do, not what is kept: counted in statements."""

import re
from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.telegram_school.services.calls.due import LessonsDue
from odoo.addons.telegram_school.services.membership.due import RostersDue

from .common import ClassroomCase

#: Classes, each with students and two lessons to come; as if they had been there long.
_CLASSES = """
WITH person AS (
    INSERT INTO res_partner (name, display_name, lang, active, write_date)
    SELECT 'Kept ' || n, 'Kept ' || n, 'fr_FR', true, now() - interval '30 days'
    FROM generate_series(1, %(people)s) n RETURNING id
), contact AS (
    INSERT INTO telegram_contact (partner_id, tg_user_id, state, write_date)
    SELECT id, 880000000 + id, 'confirmed', now() - interval '30 days' FROM person
), class AS (
    INSERT INTO small_school_classroom (name, company_id, tz, lang, active, write_date)
    SELECT 'Kept ' || n, %(company)s, 'Europe/Paris', 'fr_FR', true, now() - interval '30 days'
    FROM generate_series(%(first)s, %(last)s) n RETURNING id
), chat AS (
    INSERT INTO telegram_chat (name, mark, lang, active, company_id, res_model, res_id,
        title_policy, promotion_policy, archive_policy, join_policy, leave_policy, stranger_policy,
        history_policy, most_removals, most_removals_percent, add_contacts, write_date)
    SELECT name, 'kept-' || id, 'fr_FR', true, %(company)s, 'small_school.classroom', id, 'accept',
        'restore', 'read_only', 'ask', 'unenrol', 'out', 'visible', 5, 10, true,
        now() - interval '30 days'
    FROM (SELECT id, (SELECT 'Kept ' || (row_number() OVER (ORDER BY id) + %(first)s - 1)) AS name
          FROM class) c
    RETURNING id, res_id
), state AS (
    INSERT INTO telegram_chat_state (chat_id, tg_chat_id, state, invite_link, anchor_message_id)
    SELECT id, 770000000 + id, 'ready', 'https://t.me/+kept' || id, 1 FROM chat
), enrolment AS (
    INSERT INTO small_school_enrolment (classroom_id, partner_id, date_from, state, write_date)
    SELECT chat.res_id, person.id, current_date - 30, 'active', now() - interval '30 days'
    FROM chat, person
), roster AS (
    INSERT INTO telegram_roster (chat_id, partner_id, role, status, since, in_since, write_date)
    SELECT chat.id, person.id, 'student', 'in', now(), now(), now() - interval '30 days'
    FROM chat, person
), member AS (
    INSERT INTO telegram_member (chat_id, partner_id, tg_user_id, seen_status, state)
    SELECT chat.id, person.id, 880000000 + person.id, 'in', 'in' FROM chat, person
)
INSERT INTO small_school_lesson (classroom_id, name, start, stop, state, sheet_state, revision,
    write_date)
SELECT res_id, 'Kept', at, at + interval '1 hour', 'planned', 'draft', 0,
    now() - interval '30 days'
FROM chat, unnest(ARRAY[30, 54]) hours,
    LATERAL (SELECT date_trunc('minute', now() AT TIME ZONE 'UTC') + hours * interval '1 hour' AS at) t
"""

#: The addons whose crons are counted: all that they have.
_ADDONS = ("telegram_base", "telegram_school", "small_school", "small_school_telegram")


def crons(env):
    """Return [(model, method)] of the crons of the product and of the small school."""
    records = env["ir.model.data"].search([("model", "=", "ir.cron"), ("module", "in", _ADDONS)])
    return sorted(
        (cron.model_id.model, re.match(r"model\.(\w+)\(\)$", cron.code).group(1))
        for cron in env["ir.cron"].with_context(active_test=False).browse(records.mapped("res_id"))
    )


class KeptCase(ClassroomCase):
    """A school with as many classes as a test wants."""

    def keep(self, first, last, people=2):
        """Make the classes with these numbers, in SQL; returns them."""
        self.env["base"].flush()
        self.env.cr.execute(
            _CLASSES,
            {"people": people, "company": self.env.company.id, "first": first, "last": last},
        )
        names = ["Kept %s" % number for number in range(first, last + 1)]
        return self.env["small_school.classroom"].search([("name", "in", names)], order="id")

    def grow_old(self):
        """All that was written until now was written some hours ago."""
        self.env["base"].flush()
        for table in (
            *("small_school_lesson", "small_school_classroom", "telegram_chat", "telegram_roster"),
            *("telegram_contact", "res_partner", "res_company", "telegram_notice_template"),
        ):
            self.env.cr.execute(
                "UPDATE {} SET write_date = now() - interval '5 hours'".format(table)
            )
        self.env.cache.invalidate()

    def statements(self, work):
        """How many statements `work()` makes."""
        self.env["base"].flush()
        self.env.cache.invalidate()
        before = self.env.cr.sql_log_count
        work()
        self.env["base"].flush()
        return self.env.cr.sql_log_count - before


@tagged("post_install", "-at_install")
class TestCosts(KeptCase):
    def test_crons__make_as_many_statements_in_300_classes_as_in_30(self):
        names, counts = crons(self.env), []
        self.assertGreater(len(names), 15)
        # the first ones pay for what is read once
        for first, last in ((1, 3), (4, 30), (31, 300)):
            rooms = self.keep(first, last)
            for model, method in names:  # what there is to do
                getattr(self.env[model], method)()
            self.grow_old()
            # those that come in their turn are the same lessons, however fast the clock looked
            self.env.cr.execute("UPDATE telegram_lesson SET looked_at = now() - interval '4 hours'")
            # classes with other people do not come in their turn
            self.env.cr.execute(
                "UPDATE telegram_chat SET roster_at = now() + interval '1 year'"
                " WHERE res_id <> ALL (%s)",
                [rooms.ids],
            )
            counts.append(
                {
                    (model, method): self.statements(getattr(self.env[model], method))
                    for model, method in names
                }
            )
        _first, few, many = counts
        for cron in names:
            self.assertEqual(many[cron], few[cron], cron)

    def test_enrolment__of_one_makes_as_many_statements_in_a_class_of_300_as_of_30(self):
        enrolments = self.env["small_school.enrolment"]
        names = [{"name": name} for name in ("Zoé", "Zacharie", "Zineb")]
        newcomers = self.env["res.partner"].create(names)
        enrolling, ending = [], []
        # the first one pays for what is read once
        for partner, number, people in zip(newcomers, (1, 2, 3), (2, 30, 300)):
            room = self.keep(number, number, people)
            values = {"classroom_id": room.id, "partner_id": partner.id}
            enrolling.append(self.statements(lambda values=values: enrolments.create(values)))
            mine = enrolments.search([("partner_id", "=", partner.id)])
            ending.append(self.statements(mine.action_unenrol))
            self.assertEqual(
                self.roster(room.telegram_chat_id)[partner.id], ("student", "out"), "it was done"
            )
            self.assertEqual(len(self.roster(room.telegram_chat_id)), people + 1)
        self.assertEqual(enrolling[1], enrolling[2])
        self.assertEqual(ending[1], ending[2])


@tagged("post_install", "-at_install")
class TestDue(KeptCase):
    """Crons find what they have to look at without reading the rest."""

    def setUp(self):
        super().setUp()
        self.room = self.keep(1, 1)
        self.lessons = self.env["small_school.lesson"].search([("classroom_id", "=", self.room.id)])
        self.model = self.env["small_school.lesson"].sudo()
        self.run_crons()
        self.grow_old()

    def run_crons(self):
        self.env["telegram.lesson.mixin"]._cron_telegram_lessons()
        self.env["telegram.classroom.mixin"]._cron_telegram_rosters()

    def due(self, in_turn=0):
        """The lessons of the kept class that are due."""
        return LessonsDue(self.model).find(in_turn) & self.lessons

    def test_lessons__nothing_is_due_after_a_look(self):
        self.assertFalse(self.due())

    def test_lessons__what_is_changed_is_due(self):
        one, partner = self.lessons[0], self.room.enrolment_ids[0].partner_id
        changes = [
            (one, lambda: one.write({"cancel_reason": "?"})),
            (self.lessons, lambda: self.room.write({"code": "K"})),
            (self.lessons, lambda: self.room.telegram_chat_id.write({"reminder_minutes": 20})),
            (self.lessons, lambda: partner.write({"telegram_private_kinds": "reminder"})),
            (self.lessons, lambda: self.link(partner)),
            (self.lessons, lambda: self.env.company.write({"name": "Other"})),
            (self.lessons, lambda: self.env.company._telegram_switch_notice("reminder", False)),
            (self.lessons, lambda: self.env.company._telegram_switch_notice("reminder", True)),
            (self.lessons, lambda: self.text("reminder").write({"own_text": "{lesson}"})),
            (
                self.lessons,
                lambda: self.env.cr.execute(
                    "UPDATE telegram_chat_state SET tg_chat_id = NULL WHERE chat_id = %s",
                    [self.room.telegram_chat_id.id],
                ),
            ),
        ]
        for number, (expected, change) in enumerate(changes):
            with self.subTest(number):
                change()
                self.assertEqual(self.due(), expected)
                self.run_crons()
                self.grow_old()
                self.assertFalse(self.due())

    def text(self, kind):
        texts = self.env["telegram.notice.template"]
        texts._fill(self.env.company)
        return texts.search(
            [("company_id", "=", self.env.company.id), ("kind", "=", kind)], limit=1
        )

    def test_lessons__what_the_clock_does_not_read_makes_none_due(self):
        for number, change in enumerate(
            [
                lambda: self.env.company.write({"telegram_quiet_from": 21.0}),
                lambda: self.env.company.write({"small_school_risk_days": 30}),
                lambda: self.env.company._telegram_switch_notice("welcome", False),
                lambda: self.text("welcome").write({"own_text": "{classroom}"}),
                lambda: self.text("reminder"),
                lambda: self.env["res.company"].create({"name": "Another school"}),
            ]
        ):
            with self.subTest(number):
                change()
                self.assertFalse(self.due())

    def test_lessons__time_alone_makes_them_due(self):
        first = self.lessons.sorted("start")[:1]
        row = self.env["telegram.lesson"]._of(first)
        self.assertEqual(row.look_at, first.start - timedelta(days=1), "who opens it by hand")
        row.look_at -= timedelta(days=1)
        self.assertEqual(self.due(), first)

    def test_lessons__one_that_is_near_is_due_at_each_run(self):
        first = self.lessons.sorted("start")[:1]
        self.env.cr.execute(
            "UPDATE small_school_lesson SET stop = stop - (start - now() AT TIME ZONE 'UTC'),"
            " start = now() AT TIME ZONE 'UTC' WHERE id = %s",
            [first.id],
        )
        self.env.cache.invalidate()
        self.assertFalse(self.due(), "nothing shows that it was moved")
        self.env["telegram.lesson"]._of(first).look_at -= timedelta(days=1)
        for _run in range(2):
            self.assertEqual(self.due(), first)
            self.run_crons()
            self.grow_old()

    def test_lessons__those_beyond_the_horizon_are_not_read(self):
        self.env.cr.execute(
            "UPDATE small_school_lesson SET start = start + interval '30 days',"
            " stop = stop + interval '30 days', write_date = now() WHERE id = ANY (%s)",
            [self.lessons.ids],
        )
        self.env.cache.invalidate()
        self.assertFalse(self.due())

    def test_lessons__some_are_looked_at_in_their_turn(self):
        first = self.lessons[:1]
        self.env.cr.execute(
            "UPDATE telegram_lesson SET looked_at = looked_at - interval '1 hour' WHERE res_id = %s",
            [first.id],
        )
        self.assertEqual(self.due(in_turn=1), first)
        self.run_crons()
        self.grow_old()
        self.assertFalse(self.due(in_turn=1) & first, "it is the last one now")

    # -- rosters ----------------------------------------------------------------------------------

    def due_rooms(self):
        due, _others = RostersDue(self.env["small_school.classroom"].sudo()).find()
        return due & self.room

    def test_rosters__nothing_is_due_once_they_are_computed(self):
        self.assertFalse(self.due_rooms())

    def test_rosters__what_is_changed_is_due(self):
        one = self.room.enrolment_ids[0]
        for number, change in enumerate(
            [
                lambda: self.room.write({"code": "K"}),
                lambda: self.room.telegram_chat_id.write({"name": "Other"}),
                lambda: one.partner_id.write({"name": "Other"}),
            ]
        ):
            with self.subTest(number):
                change()
                self.assertEqual(self.due_rooms(), self.room)
                self.run_crons()
                self.grow_old()
                self.assertFalse(self.due_rooms())

    def test_rosters__each_is_due_at_the_midnight_of_its_class(self):
        chat = self.room.telegram_chat_id
        midnight = self.room._telegram_midnight(self.room._today() + timedelta(days=1))
        self.assertEqual(chat.roster_due, midnight)
        self.env.cr.execute(
            "UPDATE telegram_chat SET roster_due = roster_due - interval '3 days' WHERE id = %s",
            [chat.id],
        )
        self.assertEqual(self.due_rooms(), self.room)

    def test_rosters__a_place_that_begins_or_ends_makes_it_due(self):
        """A school may know the hour."""
        chat = self.room.telegram_chat_id
        midnight = self.room._telegram_midnight(self.room._today() + timedelta(days=1))
        soon, now = midnight - timedelta(seconds=1), midnight - timedelta(seconds=2)
        member = self.env["telegram.roster"].search([("chat_id", "=", chat.id)], limit=1)
        place = {"chat_id": chat.id, "partner_id": member.partner_id.id, "role": "teacher"}
        planned = self.env["telegram.planned.place"].create(dict(place, valid_from=soon))
        rosters = RostersDue(self.env["small_school.classroom"].sudo())
        rosters._computed(self.room, now)
        self.assertEqual(chat.roster_due, soon)
        planned.unlink()
        rosters._computed(self.room, now)
        self.assertEqual(chat.roster_due, midnight)
        member.valid_until = soon
        rosters._computed(self.room, now)
        self.assertEqual(chat.roster_due, soon)
