from odoo.exceptions import UserError, ValidationError
from odoo.tests.common import tagged

from .common import ClassroomCase


@tagged("post_install", "-at_install")
class TestGroupLife(ClassroomCase):
    """A classroom's group from its name to its end, and people who are merged or deleted."""

    def status(self, partner, chat=None):
        return self.roster(chat or self.chat).get(partner.id, (None, None))[1]

    # -- archived and restored ------------------------------------------------------------------

    def test_archived_and_restored(self):
        self.classroom.active = False
        self.assertFalse(self.chat.active)
        self.classroom.active = True
        self.assertTrue(self.chat.active)

    def test_archived__who_is_blocked_is_banned_nobody_else_changes(self):
        self.classroom.active = False
        self.enrolments(self.bilal).action_unenrol()
        self.assertEqual(self.status(self.bilal), "in")
        self.amina.student_blocked = True
        self.assertEqual(self.status(self.amina), "banned")
        self.amina.student_blocked = False
        self.assertEqual(self.status(self.amina), "in")
        self.assertEqual(len(self.texts(self.chat)), 1, "the farewell")

    def test_emptied__bans_stay(self):
        self.amina.student_blocked = True
        self.classroom.telegram_archive_policy = "empty"
        self.classroom.active = False
        self.assertEqual((self.status(self.amina), self.status(self.bilal)), ("banned", "out"))
        self.amina.student_blocked = False
        self.assertEqual(self.status(self.amina), "out")

    def test_archived__emptied_later_by_setting(self):
        self.classroom.active = False
        self.assertEqual(self.status(self.bilal), "in")
        self.classroom.telegram_archive_policy = "empty"
        self.assertEqual(self.status(self.bilal), "out")
        self.classroom.active = True
        self.assertEqual(self.status(self.bilal), "in")

    # -- deleted --------------------------------------------------------------------------------

    def test_deleted__the_group_is_listed_and_kept(self):
        chat, before = self.chat, self.roster(self.chat)
        self.assertFalse(chat.is_orphan)
        self.classroom.unlink()
        self.assertTrue(chat.is_orphan)
        self.assertFalse(chat.active)
        chats = self.env["telegram.chat"].with_context(active_test=False)
        self.assertEqual(chats.search([("is_orphan", "=", True)]), chat)
        self.assertNotIn(chat, chats.search([("is_orphan", "=", False)]))
        listed = ["|", ("active", "=", True), "&"] + [("is_orphan", "=", True)]
        self.assertIn(chat, self.env["telegram.chat"].search(listed + [("state", "!=", "deleted")]))
        self.assertEqual(self.roster(chat), before)
        self.assertFalse(self.commands(chat, kind="delete_group"))
        self.amina.student_blocked = True
        self.assertEqual((self.status(self.amina), self.status(self.bilal)), ("banned", "in"))
        self.amina.student_blocked = False
        self.assertEqual(self.status(self.amina), "out")

    def test_closed_for_good__only_what_is_archived_and_on_a_person_s_word(self):
        with self.assertRaises(UserError):
            self.chat.action_close_for_good()
        self.classroom.active = False
        (farewell,) = self.commands(self.chat, kind="send", state="pending")
        self.chat.action_close_for_good()
        self.chat.action_close_for_good()
        self.assertEqual(farewell.state, "cancelled", "nothing waits for a group that goes")
        (row,) = self.commands(self.chat, kind="delete_group")
        self.assertEqual(row._payload(), {"tg_chat_id": self.chat._row().tg_chat_id})
        self.assertIn("deleted", self.chat.with_context(lang="en_US").closing_text)
        self.env.cr.execute(
            "UPDATE telegram_outbox SET state = 'failed', error_code = 'not_creator' WHERE id = %s",
            [row.id],
        )
        row.invalidate_cache()
        self.chat.invalidate_cache()
        self.assertIn("made the group", self.chat.with_context(lang="en_US").closing_text)

    # -- renamed --------------------------------------------------------------------------------

    def test_renamed__cut_and_told(self):
        self.classroom.name = "x" * 200
        self.assertEqual(self.classroom.name, "x" * 200)
        self.assertEqual(self.chat.name, "x" * 127 + "…")
        self.assertEqual(self.chat.title_cut, self.chat.name)
        self.assertIn("128", self.classroom.message_ids[0].body)
        self.classroom.name = "Court"
        self.assertEqual((self.chat.name, self.chat.title_cut), ("Court", False))

    # -- merged and deleted ---------------------------------------------------------------------

    def merge(self, source, target):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((source | target).ids, target)
        self.assertFalse(source.exists())

    def test_merged__both_ways_nobody_comes_or_goes(self):
        other = self.env["small_school.classroom"].create({"name": "Physique"})
        self.open_group(other.telegram_chat_id)
        for source_is_linked in (True, False):
            source, target = self.env["res.partner"].create([{"name": "Twin"}, {"name": "Twin"}])
            self.enrol(source)
            self.enrol(target)
            self.env["small_school.enrolment"].create(
                {"classroom_id": other.id, "partner_id": source.id}
            )
            tg_user_id = self.link(source if source_is_linked else target)
            for chat in (self.chat, other.telegram_chat_id):
                self.send(chat)
            before = len(self.outbox.search([("kind", "=", "send")]))
            self.merge(source, target)
            self.assertEqual(len(self.outbox.search([("kind", "=", "send")])), before)
            self.assertEqual(self.status(target), "in")
            self.assertEqual(self.status(target, other.telegram_chat_id), "in")
            self.assertEqual(target._telegram_contacts().mapped("tg_user_id"), [tg_user_id])
            current = target.enrolment_ids.filtered(lambda one: one.state == "active")
            self.assertEqual(current.mapped("classroom_id"), self.classroom | other)

    def test_deleted_person__refused_with_a_sentence(self):
        # which of the two addons speaks first is the order in which Odoo loads them
        with self.assertRaisesRegex((UserError, ValidationError), "Amina"):
            self.amina.unlink()
        linked = self.env["res.partner"].create({"name": "Linked only"})
        self.link(linked)
        with self.assertRaisesRegex(UserError, "Linked only"):
            linked.unlink()
        self.env["res.partner"].create({"name": "Nobody's"}).unlink()
