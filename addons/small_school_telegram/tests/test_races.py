"""Two acts of two people at the same moment, with transactions of their own and as Odoo runs a
request, end as if one had come after the other: the roster is as the rules say, and nobody reads a
sentence of PostgreSQL's.

Each run tries some of the pairs; `CLASSROOM_RACES=25` tries all of them so many times, and
`CLASSROOM_RACES_SEED` chooses others.
"""

import base64
import itertools
import os
import random
import threading
import time
import uuid
from datetime import date, timedelta
from unittest.mock import patch

import odoo
from odoo import SUPERUSER_ID, api, fields
from odoo.service.model import check
from odoo.tests.common import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from odoo.addons.telegram_school.services.attendance.sheet import LessonSheet
from odoo.addons.telegram_school.services.membership.roster import ClassRoster

#: Words that no screen may show.
FOREIGN = ("duplicate key", "could not serialize", "deadlock", "violates", "constraint", "psycopg")

#: Pairs that each run tries, and how many others.
ALWAYS = (
    ("enrol", "archive_person"),
    ("enrol", "block_person"),
    ("end_teacher", "end_supervisor"),
    ("enrol", "enrol"),
    ("enrol", "empty_class"),
)
OTHERS = 10


def act(*needs):
    """Return a decorator for a method `(env, world)` that does something. needs: conditions of the
    world."""

    def decorate(method):
        method.needs = needs
        return staticmethod(method)

    return decorate


class Acts:
    """Acts of people on one person in one classroom. `world`: ids of the records."""

    @act("not_enrolled")
    def enrol(env, world):
        env["small_school.enrolment"].create(dict(world["own"]))

    @act("enrolled")
    def unenrol(env, world):
        env["small_school.enrolment"].browse(world["enrolment"]).action_unenrol()

    @act("enrolled")
    def block(env, world):
        env["small_school.enrolment"].browse(world["enrolment"]).action_block()

    @act("blocked")
    def unblock(env, world):
        env["small_school.enrolment"].browse(world["enrolment"]).action_unblock()

    @act("ended")
    def enrol_again(env, world):
        env["small_school.enrolment"].browse(world["enrolment"]).action_enrol_again()

    @act()
    def block_person(env, world):
        env["res.partner"].browse(world["person"]).student_blocked = True

    @act()
    def archive_person(env, world):
        env["res.partner"].browse(world["person"]).active = False

    @act("person_archived")
    def restore_person(env, world):
        env["res.partner"].browse(world["person"]).active = True

    @act()
    def assign(env, world):
        env["small_school.assignment"].create(dict(world["own"], role="teacher"))

    @act("roles")
    def end_teacher(env, world):
        env["small_school.assignment"].browse(world["teacher"]).date_to = world["over"]

    @act("roles")
    def end_supervisor(env, world):
        env["small_school.assignment"].browse(world["supervisor"]).unlink()

    @act()
    def substitute(env, world):
        now = fields.Datetime.now()
        times = {"start": now - timedelta(minutes=5), "stop": now + timedelta(minutes=50)}
        values = dict(times, classroom_id=world["classroom"], substitute_id=world["person"])
        env["small_school.lesson"].create(dict(values, name="Race"))

    @act()
    def archive_class(env, world):
        env["small_school.classroom"].browse(world["classroom"]).active = False

    @act()
    def empty_class(env, world):
        values = {"active": False, "telegram_archive_policy": "empty"}
        env["small_school.classroom"].browse(world["classroom"]).write(values)

    @act("class_archived")
    def restore_class(env, world):
        env["small_school.classroom"].browse(world["classroom"]).active = True

    @act()
    def link(env, world):
        partner = env["res.partner"].browse(world["person"])
        env["telegram.contact"]._confirm(partner, world["account"])

    @act("linked")
    def unlink(env, world):
        env["telegram.contact"].browse(world["contact"]).action_revoke()

    @act()
    def import_(env, world):
        env["small_school.import"].browse(world["wizard"]).action_import()

    @act()
    def merge(env, world):
        env["base.partner.merge.automatic.wizard"].browse(world["merging"]).action_merge()


NAMES = sorted(name for name in dir(Acts) if hasattr(getattr(Acts, name), "needs"))
#: Conditions that exclude each other before the two begin.
EXCLUDED = ({"not_enrolled", "enrolled"}, {"not_enrolled", "blocked"}, {"enrolled", "blocked"})
EXCLUDED += ({"enrolled", "ended"}, {"blocked", "ended"}, {"ended", "not_enrolled"})


def pairs():
    """Return the pairs of acts that can happen at the same moment."""
    for first, second in itertools.combinations_with_replacement(NAMES, 2):
        needs = set(getattr(Acts, first).needs) | set(getattr(Acts, second).needs)
        if not any(both <= needs for both in EXCLUDED):
            yield first, second


@tagged("post_install", "-at_install")
class TestRaces(BaseCase):
    def setUp(self):
        super().setUp()
        self.registry = odoo.registry(get_db_name())

    def in_own(self, work):
        """Return the result of `work(env)`, done in a transaction of its own that is committed."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            env.cache.invalidate()
            result = work(env)
            env["base"].flush()
        return result

    def world(self, needs):
        """Make a classroom with a group, and a person who fulfils all of `needs`."""

        def make(env):
            mark = uuid.uuid4().hex[:8]
            classroom = env["small_school.classroom"].create({"name": "Race %s" % mark})
            person, twin = env["res.partner"].create(
                [{"name": "Racer %s" % mark, "email": "%s@example.com" % mark}, {"name": mark}]
            )
            ids = {"classroom": classroom.id, "person": person.id, "twin": twin.id}
            ids.update(name=classroom.name, people=[person.name, twin.name])
            ids["over"] = str(date.today() - timedelta(days=1))
            own = {"classroom_id": classroom.id, "partner_id": person.id}
            ids.update(own=own, account=7000000 + person.id)
            env["small_school.enrolment"].create(dict(own, partner_id=twin.id))
            if {"enrolled", "blocked", "ended"} & set(needs):
                enrolment = env["small_school.enrolment"].create(own)
                ids["enrolment"] = enrolment.id
                if "blocked" in needs:
                    enrolment.action_block()
                if "ended" in needs:
                    enrolment.action_unenrol()
            if "roles" in needs:
                since = date.today() - timedelta(days=9)
                for role in ("teacher", "supervisor"):
                    ids[role] = (
                        env["small_school.assignment"]
                        .create(dict(own, role=role, date_from=since))
                        .id
                    )
            if "linked" in needs:
                contact = env["telegram.contact"]._confirm(person, ids["account"])
                ids["contact"] = contact.id
            wizard = env["small_school.import"].create({"file": b"eA==", "state": "preview"})
            env["small_school.import.line"].create(
                {
                    "wizard_id": wizard.id,
                    "row": 2,
                    "classroom": classroom.name,
                    "name": person.name,
                    "email": person.email,
                    "role": "student",
                    "state": "ready",
                }
            )
            ids["wizard"] = wizard.id
            both = {"partner_ids": [(6, 0, [person.id, twin.id])], "dst_partner_id": person.id}
            merging = env["base.partner.merge.automatic.wizard"].create(
                dict(both, state="selection")
            )
            ids["merging"] = merging.id
            if "person_archived" in needs:
                person.active = False
            if "class_archived" in needs:
                classroom.active = False
            ids["chat"] = classroom.telegram_chat_id.id
            return ids

        world = self.in_own(make)
        self.addCleanup(self.clean, world)
        return world

    def clean(self, world):
        name = world["name"]
        with self.registry.cursor() as cr:
            cr.execute("SELECT id FROM res_partner WHERE name = ANY (%s)", [world["people"]])
            people = [row[0] for row in cr.fetchall()]
            cr.execute("SELECT id FROM small_school_classroom WHERE name = %s", [name])
            rooms = [row[0] for row in cr.fetchall()]
            for table in ("attendance", "lesson", "enrolment", "assignment"):
                cr.execute(
                    "DELETE FROM small_school_%s WHERE classroom_id = ANY (%%s)" % table, [rooms]
                )
            cr.execute("DELETE FROM telegram_contact WHERE partner_id = ANY (%s)", [people])
            cr.execute("DELETE FROM small_school_classroom WHERE id = ANY (%s)", [rooms])
            own = "(SELECT id FROM telegram_chat WHERE name = %s)"
            cr.execute("DELETE FROM telegram_outbox WHERE chat_id IN " + own, [name])
            cr.execute("DELETE FROM telegram_chat WHERE name = %s", [name])
            cr.execute("DELETE FROM res_partner WHERE id = ANY (%s)", [people])

    @mute_logger("odoo.sql_db")  # which tells of each conflict
    def at_once(self, acts, world):
        """Do these acts at the same moment, as requests to Odoo; return the texts of their
        errors."""
        barrier, errors = threading.Barrier(len(acts)), []

        @check  # as Odoo repeats requests, and words errors
        def request(_database, one, started):
            api.Environment.reset()
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                cr.execute("SELECT 1")  # from now on the transaction sees nothing new
                if not started:
                    started.append(True)
                    barrier.wait()
                one(env, world)
                env["base"].flush()

        def work(one):
            try:
                with api.Environment.manage():
                    request(get_db_name(), one, [])
            except Exception as error:
                errors.append(str(error))

        threads = [threading.Thread(target=work, args=[one]) for one in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return errors

    def rows(self, env, world):
        env.cr.execute(
            "SELECT partner_id, role, status FROM telegram_roster WHERE chat_id = %s ORDER BY 1",
            [world["chat"]],
        )
        return env.cr.fetchall()

    def race(self, first, second):
        acts = [getattr(Acts, first), getattr(Acts, second)]
        world = self.world(acts[0].needs + acts[1].needs)
        errors = self.at_once(acts, world)
        message = "%s and %s: %s" % (first, second, errors)
        for text in errors:
            self.assertFalse([word for word in FOREIGN if word in text], message)

        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env.cache.invalidate()
            stored = self.rows(env, world)
            ClassRoster(env["small_school.classroom"].browse(world["classroom"])).sync()
            computed = self.rows(env, world)
            cr.rollback()
            env.cache.invalidate()
        self.assertEqual(stored, computed, message)

    def test_races__end_as_if_one_had_come_after_the_other(self):
        times = int(os.environ.get("CLASSROOM_RACES", 0))
        possible = sorted(pairs())
        if times:
            chosen = possible * times
        else:
            seed = os.environ.get("CLASSROOM_RACES_SEED") or str(date.today())
            chosen = list(ALWAYS) * 2 + random.Random(seed).sample(possible, OTHERS)
        for first, second in chosen:
            with self.subTest(acts=(first, second)):
                self.race(first, second)

    # -- what runs beside people ------------------------------------------------------------------

    def held(self, world):
        """Make a lesson of the world's classroom that is over, with a sheet to be computed again.
        Returns the ids of the lesson and of the person's line."""

        def make(env):
            now = fields.Datetime.now()
            times = {"start": now - timedelta(hours=3), "stop": now - timedelta(hours=2)}
            values = dict(times, classroom_id=world["classroom"], name="Race")
            enrolments = env["small_school.enrolment"].browse(world["enrolment"])
            enrolments.write({"date_from": date.today() - timedelta(days=9)})
            lesson = env["small_school.lesson"].create(values)
            LessonSheet(lesson).finish()
            line = lesson.line_ids.filtered(lambda one: one.partner_id.id == world["person"])
            env["telegram.sheet.due"].search([]).unlink()
            env["telegram.sheet.due"]._mark(lesson)
            # so that there is something to write
            env.cr.execute(
                "UPDATE small_school_attendance SET minutes = 7 WHERE id = %s", [line.id]
            )
            return lesson.id, line.id

        return self.in_own(make)

    def beside(self, work):
        """Start and return a thread that does `work(env)` as a cron does, without Odoo's
        repetitions."""

        def run():
            with api.Environment.manage(), self.registry.cursor() as cr:
                work(api.Environment(cr, SUPERUSER_ID, {}))

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def wait_for_a_lock(self):
        """Wait until a transaction waits for another one."""
        query = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        ends = time.monotonic() + 30
        while time.monotonic() < ends:
            with self.registry.cursor() as cr:
                cr.execute(query)
                if cr.fetchone()[0]:
                    return
        self.fail("nobody waits")

    @mute_logger("odoo.sql_db")
    def test_sheet__that_is_due_while_somebody_corrects_it_is_computed(self):
        world = self.world(("enrolled",))
        lesson_id, line_id = self.held(world)
        with self.registry.cursor() as correcting:
            correcting.execute(
                "UPDATE small_school_attendance SET status = 'present', corrected = true"
                " WHERE id = %s",
                [line_id],
            )
            cron = self.beside(lambda env: env["telegram.sheet.due"]._work())
            self.wait_for_a_lock()
        cron.join()

        def look(env):
            line = env["small_school.attendance"].browse(line_id)
            due = env["telegram.sheet.due"].search_count([("res_id", "=", lesson_id)])
            return line.status, line.corrected, line.minutes, due

        self.assertEqual(self.in_own(look), ("present", True, 0.0, 0))

    def test_sheet__of_a_lesson_that_is_gone_is_due_no_more(self):
        def mark(env):
            env["telegram.sheet.due"].create(
                {"res_model": "small_school.lesson", "res_id": 2000000000}
            )

        self.in_own(mark)
        self.beside(lambda env: env["telegram.sheet.due"]._work()).join()
        due = [("res_model", "=", "small_school.lesson"), ("res_id", "=", 2000000000)]
        self.assertFalse(self.in_own(lambda env: env["telegram.sheet.due"].search_count(due)))

    def test_sheet__that_cannot_be_computed_stays_due(self):
        world = self.world(("enrolled",))
        lesson_id, _line_id = self.held(world)

        def fail(sheet):
            raise ValueError("broken")

        with patch.object(LessonSheet, "compute_again", fail):
            with self.assertLogs("odoo.addons.telegram_base.beside", "ERROR"):
                self.beside(lambda env: env["telegram.sheet.due"]._work()).join()
        due = [("res_id", "=", lesson_id)]
        failures = self.in_own(
            lambda env: env["telegram.sheet.due"].search(due).mapped("failed_at")
        )
        self.assertEqual((len(failures), all(failures)), (1, True))

    # -- classrooms' names ------------------------------------------------------------------------

    def named(self, name):
        """Return ids of the classrooms of that name."""
        return self.in_own(
            lambda env: env["small_school.classroom"].search([("name", "=", name)]).ids
        )

    def test_imports__at_once_make_one_classroom(self):
        for number in range(5):
            name = "Race new %s" % uuid.uuid4().hex[:8]
            people = ["%s %s" % (name, one) for one in (1, 2)]

            def make(env, name=name, people=people):
                wizards = env["small_school.import"]
                for person in people:
                    row = "%s;%s;%s" % (name, person, uuid.uuid4().hex[:8])
                    file = base64.b64encode(("Classe;Nom;Matricule\n%s\n" % row).encode())
                    wizard = wizards.create({"file": file})
                    wizard.action_preview()
                    wizard.make_classrooms = True
                    wizards |= wizard
                return wizards.ids

            acts = [
                lambda env, _world, one=one: env["small_school.import"].browse(one).action_import()
                for one in self.in_own(make)
            ]
            self.addCleanup(self.clean, {"name": name, "people": people})
            self.assertEqual(self.at_once(acts, {}), [])
            self.assertEqual(len(self.named(name)), 1, number)

    def test_sheet__computed_at_once_has_each_line_once(self):
        """The form of a running lesson, and a fact about its call."""
        world = self.world(["enrolled"])

        def make(env):
            now = fields.Datetime.now()
            start, stop = now - timedelta(minutes=20), now + timedelta(minutes=20)
            values = {"classroom_id": world["classroom"], "name": "Race"}
            return env["small_school.lesson"].create(dict(values, start=start, stop=stop)).id

        lesson_id = self.in_own(make)

        def compute(env, _world):
            LessonSheet(env["small_school.lesson"].browse(lesson_id)).refresh()

        self.assertEqual(self.at_once([compute, compute], world), [])
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT line.partner_id FROM telegram_attendance line"
                " JOIN telegram_lesson row ON row.id = line.lesson_id"
                " WHERE row.res_model = 'small_school.lesson' AND row.res_id = %s",
                [lesson_id],
            )
            found = sorted(row[0] for row in cr.fetchall())
        self.assertEqual(found, sorted([world["person"], world["twin"]]))

    def test_classrooms__of_one_name_made_at_once_by_hand_are_refused_with_a_sentence(self):
        name = "Race hand %s" % uuid.uuid4().hex[:8]
        self.addCleanup(self.clean, {"name": name, "people": []})

        def make(env, _world):
            env(context={"lang": "en_US"})["small_school.classroom"].create({"name": name})

        errors = self.at_once([make, make], {})
        self.assertEqual((len(self.named(name)), len(errors)), (1, 1))
        self.assertIn("There is a classroom called", errors[0])
