import psycopg2

from odoo.exceptions import ValidationError
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from ..common import TelegramCase


class TestRoster(TelegramCase):
    def _entry(self, partner, role="student", status="in", reason=None):
        return {"partner_id": partner.id, "role": role, "status": status, "reason": reason}

    def _rows(self):
        self.chat.invalidate_cache()
        return {r.partner_id: (r.role, r.status) for r in self.chat.roster_ids}

    def test_set_roster__new_people_come_in(self):
        before = self._reconciles()
        changed = self.chat._set_roster(
            [self._entry(self.amina), self._entry(self.omar, "teacher")]
        )
        self.assertEqual([row["partner_id"] for row in changed], [self.amina.id, self.omar.id])
        self.assertEqual({row["old_status"] for row in changed}, {None})
        self.assertEqual(
            self._rows(), {self.amina: ("student", "in"), self.omar: ("teacher", "in")}
        )
        self.assertEqual(self._reconciles(), before + 1)

    def test_set_roster__the_same_again_changes_nothing(self):
        entries = [self._entry(self.amina)]
        self.chat._set_roster(entries)
        before = self._reconciles()
        self.assertEqual(self.chat._set_roster(entries), [])
        self.assertEqual(self._reconciles(), before)

    def test_set_roster__who_is_not_listed_goes_out(self):
        self.chat._set_roster([self._entry(self.amina), self._entry(self.omar)])
        changed = self.chat._set_roster([self._entry(self.amina)])
        self.assertEqual(len(changed), 1)
        self.assertEqual(changed[0]["partner_id"], self.omar.id)
        self.assertEqual((changed[0]["old_status"], changed[0]["status"]), ("in", "out"))
        self.assertEqual(self._rows()[self.omar], ("student", "out"))
        self.assertEqual(self.chat._set_roster([self._entry(self.amina)]), [])

    def test_set_roster__empty(self):
        self.chat._set_roster([self._entry(self.amina)])
        self.chat._set_roster([])
        self.assertEqual(self._rows(), {self.amina: ("student", "out")})

    def test_set_roster__undecided_are_left_alone(self):
        self.chat._set_roster([self._entry(self.amina, status="undecided")])
        self.assertEqual(self.chat._set_roster([]), [])
        self.assertEqual(self._rows()[self.amina], ("student", "undecided"))

    def test_set_roster__role_keeps_since(self):
        self.chat._set_roster([self._entry(self.amina)])
        self.env.cr.execute("UPDATE telegram_roster SET since = '2020-01-01'")
        self.chat._set_roster([self._entry(self.amina, "teacher")])
        self.chat.invalidate_cache()
        self.assertEqual(str(self.chat.roster_ids.since), "2020-01-01 00:00:00")
        self.chat._set_roster([self._entry(self.amina, "teacher", "banned")])
        self.assertNotEqual(str(self.chat.roster_ids.since), "2020-01-01 00:00:00")

    def test_set_roster__only_a_reason_needs_no_reconciliation(self):
        self.chat._set_roster([self._entry(self.amina)])
        before = self._reconciles()
        self.assertTrue(self.chat._set_roster([self._entry(self.amina, reason="late")]))
        self.assertEqual(self._reconciles(), before)

    def test_rollback__leaves_nothing(self):
        before = self._reconciles()
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.chat._set_roster([self._entry(self.amina)])
            self.chat._send("hello", key="k")
            raise ZeroDivisionError
        self.assertEqual(self._rows(), {})
        self.assertEqual(self._reconciles(), before)
        self.assertFalse(self.env["telegram.outbox"].search([("key", "=", "k")]))

    def test_partner_on_a_roster__cannot_be_deleted(self):
        self.chat._set_roster([self._entry(self.amina)])
        with self.assertRaisesRegex(UserError, "Amina"):
            self.amina.unlink()
        # not in SQL either
        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"):
            with self.env.cr.savepoint():
                self.env.cr.execute("DELETE FROM res_partner WHERE id = %s", [self.amina.id])

    def test_for_record__once(self):
        self.assertEqual(self.env["telegram.chat"]._for_record(self.owner), self.chat)
        self.chat.active = False
        self.assertEqual(self.env["telegram.chat"]._for_record(self.owner), self.chat)
        self.assertEqual(self.chat._owner(), self.owner)
        self.assertEqual(self.chat.pool_name, "main")

    def test_owner__gone(self):
        record = self.env["res.partner"].create({"name": "Short-lived"})
        chat = self.env["telegram.chat"]._for_record(record, {"title_policy": "restore"})
        self.assertEqual(chat.title_policy, "restore")
        record.unlink()
        self.assertFalse(chat._owner())
        self.assertIsNone(chat._call_owner("_telegram_on_chat_ready", chat, None))

    def test_title__bounds(self):
        self.chat.name = "  trimmed  "
        self.assertEqual(self.chat.name, "trimmed")
        for title in ("   ", "x" * 129):
            with self.assertRaises(ValidationError):
                self.chat.name = title
                self.chat.flush()
