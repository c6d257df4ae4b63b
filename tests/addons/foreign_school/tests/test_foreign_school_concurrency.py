import threading
import uuid

import odoo
from odoo import SUPERUSER_ID, api
from odoo.tests.common import BaseCase, get_db_name, tagged


@tagged("post_install", "-at_install")
class TestConcurrency(BaseCase):
    """With transactions of their own, committed and rolled back for real."""

    def setUp(self):
        super().setUp()
        self.registry = odoo.registry(get_db_name())
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"no_reset_password": True})
            env.cache.invalidate()  # of the transactions that other tests rolled back
            groups = [(6, 0, [env.ref("base.group_portal").id])]
            users = env["res.users"].create(
                [
                    {"name": name, "login": uuid.uuid4().hex, "groups_id": groups}
                    for name in ("Amina", "Bilal", "Chloé", "Driss")
                ]
            )
            course = env["fs.course"].create(
                {"intitule": "Physique", "inscription_ids": [(0, 0, {"user_id": users[0].id})]}
            )
            self.user_ids, self.course_id = users.ids, course.id
            self.partner_ids = users.mapped("partner_id").ids
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
            cr.execute("DELETE FROM res_users WHERE id = ANY (%s)", [self.user_ids])
            cr.execute("DELETE FROM res_partner WHERE id = ANY (%s)", [self.partner_ids])

    def enrol(self, cr, index):
        """In a thread of its own, as a request has: Odoo's cache is shared within a thread."""
        failures = []

        def work():
            try:
                with api.Environment.manage():
                    env = api.Environment(cr, SUPERUSER_ID, {})
                    env["fs.inscription"].create(
                        {"course_id": self.course_id, "user_id": self.user_ids[index]}
                    )
                    env["fs.inscription"].flush()
            except Exception as error:
                failures.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        self.assertEqual(failures, [])

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
        # whoever comes next sees both, and makes them one
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
                self.enrol(cr, 2)  # writes it anew
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
