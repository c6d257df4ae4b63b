from datetime import timedelta

import pytz
import vobject

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests.common import HttpCase, tagged

from ..common import SchoolCase

HOUR = timedelta(hours=1)


class FeedCase(SchoolCase):
    def feed(self, partner=None):
        return self.env["small_school.feed"]._of(partner or self.amina)

    def events(self, partner=None):
        """Return {uid: event} of the calendar, as a program reads it."""
        parsed = vobject.readOne(self.feed(partner)._calendar())
        return {event.uid.value: event for event in parsed.contents.get("vevent", [])}

    def event(self, lesson, partner=None):
        found = [
            event
            for uid, event in self.events(partner).items()
            if uid.startswith("classroom-lesson-%s@" % lesson.id)
        ]
        return found[0] if found else None

    def another(self, classroom=None, **values):
        start = fields.Datetime.now() + 2 * HOUR
        values = dict({"name": "Suite", "start": start, "stop": start + HOUR}, **values)
        return self.lesson.create(dict(values, classroom_id=(classroom or self.classroom).id))


@tagged("post_install", "-at_install")
class TestFeed(FeedCase):
    def test_event__says_what_a_calendar_needs(self):
        self.lesson.write({"teacher_id": self.teacher.id, "name": "Fractions; suite, \\ fin"})
        event = self.event(self.lesson)
        self.assertEqual(event.dtstart.value, pytz.utc.localize(self.lesson.start))
        self.assertEqual(event.dtend.value, pytz.utc.localize(self.lesson.stop))
        self.assertEqual(event.summary.value, "Fractions; suite, \\ fin – Algèbre 2")
        self.assertEqual(event.status.value, "CONFIRMED")
        self.assertIn("Mme Thalès", event.description.value)
        self.assertEqual(event.last_modified.value, event.dtstamp.value)
        text = self.feed()._calendar()
        self.assertIn("REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n", text)
        self.assertIn("X-PUBLISHED-TTL:PT1H\r\n", text)
        self.assertIn("DTSTART:%s\r\n" % self.lesson.start.strftime("%Y%m%dT%H%M%SZ"), text)
        self.assertTrue(all(len(line.encode()) <= 75 for line in text.split("\r\n")))

    def test_moved_and_cancelled__the_same_event_with_a_higher_number(self):
        lesson = self.another()
        before = self.event(lesson)
        lesson.write({"start": lesson.start + HOUR, "stop": lesson.stop + HOUR})
        moved = self.event(lesson)
        self.assertEqual(moved.uid.value, before.uid.value)
        self.assertEqual(moved.dtstart.value - before.dtstart.value, HOUR)
        lesson.action_cancel("panne")
        cancelled = self.event(lesson)
        numbers = [int(one.sequence.value) for one in (before, moved, cancelled)]
        self.assertEqual(numbers, [0, 1, 2])
        self.assertEqual(cancelled.status.value, "CANCELLED")
        self.assertIn("panne", cancelled.description.value)

    def test_language__of_the_person(self):
        self.amina.lang = "fr_FR"
        self.lesson.write({"state": "cancelled"})
        self.assertIn("Annulée", self.event(self.lesson).summary.value)
        self.assertIn("Séances de Amina", self.feed()._calendar())

    def test_lessons__of_the_person_only(self):
        other = self.env["small_school.classroom"].create({"name": "Autre"})
        elsewhere = self.another(other)
        for partner, sees in (
            (self.amina, False),
            (self.teacher, False),
        ):
            self.assertTrue(self.event(self.lesson, partner))
            self.assertEqual(bool(self.event(elsewhere, partner)), sees)
        elsewhere.substitute_id = self.teacher
        self.assertTrue(self.event(elsewhere, self.teacher))
        self.enrolment(self.amina).action_unenrol()
        self.assertFalse(self.event(self.lesson))
        self.bilal.student_blocked = True
        self.assertFalse(self.event(self.lesson, self.bilal))

    def test_lessons__while_enrolled(self):
        later = self.another(
            start=fields.Datetime.now() + 240 * HOUR, stop=fields.Datetime.now() + 241 * HOUR
        )
        self.enrolment(self.amina).date_to = fields.Date.today() + timedelta(days=3)
        self.assertFalse(self.event(later))
        self.assertTrue(self.event(later, self.bilal))

    def test_queries__are_as_many_for_a_hundred_lessons(self):
        def count():
            feed = self.feed()
            feed.flush()
            self.env.cache.invalidate()
            before = self.cr.sql_log_count
            feed._calendar()
            return self.cr.sql_log_count - before

        count()
        few = count()
        rooms = [self.classroom]
        for number in range(4):
            rooms.append(
                self.env["small_school.classroom"].create(
                    {
                        "name": "Salle %s" % number,
                        "enrolment_ids": [(0, 0, {"partner_id": self.amina.id})],
                    }
                )
            )
        for number in range(100):
            start = fields.Datetime.now() + number * HOUR
            self.another(rooms[number % 5], start=start, stop=start + HOUR)
        self.assertEqual(len(self.events()), 101)
        self.assertEqual(count(), few)

    def test_address__is_shown_again_and_renewed(self):
        feed = self.feed()
        token = feed._token()
        self.assertEqual(self.feed()._token(), token)
        self.assertTrue(feed.url.endswith("/classroom/calendar/%s.ics" % token))
        self.assertEqual(feed._find(token), feed)
        feed.with_user(self.user("amina", ["base.group_portal"], self.amina)).action_renew()
        self.assertFalse(feed._find(token))
        self.assertEqual(feed._find(feed._token()), feed)

    def test_address__cannot_be_guessed(self):
        feed, other = self.feed(), self.feed(self.bilal)
        _own, _dash, secret = feed._token().partition("-")
        wrong = [
            "%s-%s" % (other.id, secret),
            secret,
            str(feed.id),
            "%s-" % feed.id,
            "",
            "-",
            "é-é",
        ]
        wrong += ["9" * 30 + "-" + secret, "0-" + secret, feed._token()[:-1], feed._token() + "0"]
        for token in wrong:
            self.assertFalse(feed._find(token), token)
        self.amina.active = False
        self.assertFalse(feed._find(feed._token()))

    def test_address__is_not_in_the_table_nor_for_others(self):
        token = self.feed()._token()
        self.env.cr.execute("SELECT f::text FROM small_school_feed f")
        self.assertNotIn(token.partition("-")[2], str(self.env.cr.fetchall()))
        teacher = self.user("t", ["small_school.group_teacher"], self.teacher)
        with self.assertRaises(AccessError):
            self.feed().with_user(teacher).read(["url"])
        with self.assertRaises(AccessError):
            self.feed().with_user(teacher).action_renew()
        with self.assertRaises(AccessError):
            self.amina.with_user(teacher).action_small_school_feed()
        manager = self.user("m", ["small_school.group_manager"])
        action = self.amina.with_user(manager).action_small_school_feed()
        shown = self.env[action["res_model"]].with_user(manager).browse(action["res_id"])
        self.assertIn(token, shown.read(["url"])[0]["url"])
        own = teacher.with_user(teacher).action_small_school_feed()
        self.assertTrue(self.env["small_school.feed"].with_user(teacher).browse(own["res_id"]).url)


@tagged("post_install", "-at_install")
class TestFeedPages(HttpCase):
    def test_address__needs_no_session_and_dies_when_renewed(self):
        group = self.env.ref("base.group_portal")
        users = self.env["res.users"].with_context(no_reset_password=True)
        partner = users.create(
            {
                "name": "Amina Portail",
                "login": "amina",
                "password": "amina",
                "groups_id": [(6, 0, [group.id])],
            }
        ).partner_id
        classroom = self.env["small_school.classroom"].create(
            {"name": "Portail", "enrolment_ids": [(0, 0, {"partner_id": partner.id})]}
        )
        start = fields.Datetime.now() + HOUR
        self.env["small_school.lesson"].create(
            {
                "classroom_id": classroom.id,
                "name": "Pour Amina",
                "start": start,
                "stop": start + HOUR,
            }
        )
        path = "/classroom/calendar/%s.ics" % self.env["small_school.feed"]._of(partner)._token()
        answer = self.url_open(path)
        self.assertEqual(answer.status_code, 200)
        self.assertIn("text/calendar", answer.headers["Content-Type"])
        self.assertIn("Pour Amina", vobject.readOne(answer.text).vevent.summary.value)
        again = self.url_open(path, headers={"If-None-Match": answer.headers["ETag"]})
        self.assertEqual(again.status_code, 304)
        self.assertEqual(self.url_open("/classroom/calendar/1-abc.ics").status_code, 404)
        self.authenticate("amina", "amina")
        page = self.url_open("/my/lessons")
        self.assertIn("Pour Amina", page.text)
        self.assertIn(path, page.text)
        token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
        page = self.url_open("/my/lessons/renew", data={"csrf_token": token})
        self.assertIn("Pour Amina", page.text)
        self.assertNotIn(path, page.text)
        self.assertEqual(self.url_open(path).status_code, 404)

    def test_my_lessons__asks_strangers_to_log_in(self):
        self.assertIn("/web/login", self.url_open("/my/lessons").url)
