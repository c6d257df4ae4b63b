import threading

import odoo
from odoo import SUPERUSER_ID, api
from odoo.service.model import PG_CONCURRENCY_ERRORS_TO_RETRY
from odoo.tests.common import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from odoo.addons.telegram_school.services.identity.persons import Persons


@tagged("post_install", "-at_install")
class TestConcurrency(BaseCase):
    """With transactions of their own, committed and rolled back for real."""

    def setUp(self):
        super().setUp()
        self.registry = odoo.registry(get_db_name())
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env.cache.invalidate()  # of the transactions that other tests rolled back
            names = ("Amina", "Bilal", "Chloé", "Driss")
            personnes = env["fs.personne"].create([{"nom": name} for name in names])
            course = env["fs.course"].create(
                {
                    "intitule": "Physique",
                    "inscription_ids": [(0, 0, {"personne_id": personnes[0].id})],
                }
            )
            self.personne_ids, self.course_id = personnes.ids, course.id
            # the others are in a class with a group already
            self.partner_ids = Persons(env).partners(personnes, make=True).ids
            self.chat_id = course.telegram_chat_id.id
            cr.execute(
                "INSERT INTO telegram_chat_state (chat_id, state) VALUES (%s, 'ready')",
                [self.chat_id],
            )
        self.addCleanup(self.clean)

    def clean(self):
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM fs_course WHERE id = %s", [self.course_id])
            cr.execute("DELETE FROM telegram_outbox WHERE chat_id = %s", [self.chat_id])
            cr.execute("DELETE FROM telegram_chat WHERE id = %s", [self.chat_id])
            cr.execute("DELETE FROM fs_personne WHERE id = ANY (%s)", [self.personne_ids])
            cr.execute("DELETE FROM res_partner WHERE id = ANY (%s)", [self.partner_ids])

    def enrol(self, cr, index):
        def work(env):
            values = {"course_id": self.course_id, "personne_id": self.personne_ids[index]}
            env["fs.inscription"].create(values)
            env["fs.inscription"].flush()

        self.assertEqual(self.do(cr, work), [])

    def do(self, cr, work):
        """Call `work(env)` in a thread of its own, as a request has: Odoo's cache is shared within
        a thread. Return its failures."""
        failures = []

        def run():
            try:
                with api.Environment.manage():
                    work(api.Environment(cr, SUPERUSER_ID, {}))
            except Exception as error:
                failures.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        return failures

    def fetch(self, query):
        with self.registry.cursor() as cr:
            cr.execute(query, [self.chat_id])
            return cr.fetchall()

    def roster(self):
        return self.fetch(
            "SELECT partner_id, status FROM telegram_roster WHERE chat_id = %s ORDER BY partner_id"
        )

    def test_enrolments__at_the_same_time_both_arrive(self):
        first, second = self.registry.cursor(), self.registry.cursor()
        try:
            # both transactions have begun, and see the school as it was, before either ends
            for cr in (first, second):
                cr.execute("SELECT 1")
                cr.execute("SET LOCAL lock_timeout = '2s'")
            self.enrol(first, 1)
            self.enrol(second, 2)
            first.commit()
            second.commit()
        finally:
            first.close()
            second.close()
        self.assertEqual(self.roster(), [(partner, "in") for partner in self.partner_ids[:3]])
        self.assertEqual([self.names_in(text) for text in self.notices()], [[1], [2]])
        # the next transaction sees both, and makes them one
        with self.registry.cursor() as cr:
            self.enrol(cr, 3)
        self.assertEqual([self.names_in(text) for text in self.notices()], [[1, 2, 3]])

    def test_notice__rewritten_meanwhile_is_left_alone_and_nothing_fails(self):
        with self.registry.cursor() as cr:
            self.enrol(cr, 1)
        late = self.registry.cursor()
        try:
            late.execute("SELECT 1")  # sees the notice about the first
            with self.registry.cursor() as cr:
                self.enrol(cr, 2)  # rewrites it
            self.enrol(late, 3)
            late.commit()
        finally:
            late.close()
        self.assertEqual([self.names_in(text) for text in self.notices()], [[1, 2], [3]])

    def notices(self):
        rows = self.fetch(
            "SELECT payload FROM telegram_outbox WHERE chat_id = %s AND kind = 'send'"
            " AND state = 'pending' ORDER BY id"
        )
        return [payload for (payload,) in rows]

    def names_in(self, text):
        names = ("Amina", "Bilal", "Chloé", "Driss")
        return [index for index, name in enumerate(names) if name in text]

    def test_enrolment__rolled_back_leaves_nothing(self):
        count = "SELECT count(*) FROM telegram_outbox WHERE chat_id = %s"
        before = self.fetch(count)
        with self.registry.cursor() as cr:
            self.enrol(cr, 1)
            cr.rollback()
        self.assertEqual(self.roster(), [(self.partner_ids[0], "in")])
        self.assertEqual(self.fetch(count), before)

    def test_contact__made_twice_at_the_same_time_is_begun_anew(self):
        """Odoo repeats the second, which then finds the contact that the first one made."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.personne_ids.append(env["fs.personne"].create({"nom": "Elias"}).id)

        def make(env):
            person = env["fs.personne"].browse(self.personne_ids[-1])
            partner = Persons(env).partners(person, make=True)
            self.partner_ids = sorted({*self.partner_ids, partner.id})

        first, second = self.registry.cursor(), self.registry.cursor()
        try:
            for cr in (first, second):
                cr.execute("SELECT 1")
            self.assertEqual(self.do(first, make), [])
            first.commit()
            with mute_logger("odoo.sql_db"):
                [failure] = self.do(second, make)
            self.assertIn(failure.pgcode, PG_CONCURRENCY_ERRORS_TO_RETRY)
            second.rollback()
            self.assertEqual(self.do(second, make), [])
        finally:
            first.close()
            second.close()
        with self.registry.cursor() as cr:
            cr.execute("SELECT count(*) FROM res_partner WHERE name = 'Elias'")
            self.assertEqual(cr.fetchone(), (1,))
