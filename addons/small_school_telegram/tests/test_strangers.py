from odoo.tests.common import new_test_user, tagged

from .common import ClassroomCase

STRANGER = 424242


@tagged("post_install", "-at_install")
class TestStrangers(ClassroomCase):
    """Strangers who came into the group: removed, or asked about."""

    def setUp(self):
        super().setUp()
        self.teacher_account = self.link(self.teacher)
        self.student_account = self.link(self.amina)

    def come(self, **payload):
        payload = dict({"name": "Un Inconnu", "username": "inconnu", "by_us": False}, **payload)
        return self.tell("member_joined", self.chat, tg_user_id=STRANGER, **payload)

    def guest(self):
        return self.env["telegram.guest"].search(
            [("chat_id", "=", self.chat.id), ("tg_user_id", "=", STRANGER)]
        )

    def told(self, account):
        rows = self.outbox.search([("kind", "=", "send"), ("tg_user_id", "=", account)])
        return [row._payload()["text"] for row in rows]

    def assert_put_out(self):
        self.ring()
        self.assertEqual((self.guest().decision, self.guest().by_rule), ("out", True))
        self.assertFalse(self.guest().decided_uid)

    def assert_asked(self):
        self.ring()
        self.assertFalse(self.guest())
        self.assertEqual(self.told(self.teacher_account), [])

    def reconciles(self):
        return self.outbox.search_count(
            [("kind", "=", "reconcile"), ("chat_id", "=", self.chat.id)]
        )

    def test_added_by_a_student__put_out_and_the_teachers_told(self):
        self.come(by=self.student_account, via="added")
        before = self.reconciles()
        self.assert_put_out()
        self.assertGreater(self.reconciles(), before)
        # nobody agreed to it in person: the removal limit counts it
        row = self.outbox.search([("kind", "=", "reconcile"), ("chat_id", "=", self.chat.id)])[:1]
        self.assertNotIn("allow_removals", row._payload())
        [text] = self.told(self.teacher_account)
        self.assertIn("Un Inconnu @inconnu", text)
        self.assertIn("Amina", text)
        self.assertIn("Un Inconnu", self.classroom.message_ids[:1].body)

    def test_told_in_the_teachers_language(self):
        self.teacher.lang = "fr_FR"
        self.come(by=STRANGER, via="link")
        self.ring()
        [text] = self.told(self.teacher_account)
        self.assertIn("par un lien", text)

    def test_teachers_without_telegram__have_an_activity(self):
        self.teacher._telegram_contacts()._revoke()
        user = new_test_user(self.env, "tg-mme-roux", groups="small_school.group_teacher")
        user.partner_id = self.teacher
        self.come(by=STRANGER, via="link")
        self.assert_put_out()
        activity = self.classroom.activity_ids.filtered(lambda one: one.user_id == user)
        self.assertIn("Un Inconnu", activity.note)

    def test_let_in_or_added_by_a_teacher__asked_about(self):
        for via in ("added", "request"):
            self.come(by=self.teacher_account, via=via)
            self.assert_asked()

    def test_former_teacher__lets_in_nobody(self):
        self.classroom.assignment_ids.filtered(lambda one: one.partner_id == self.teacher).unlink()
        self.come(by=self.teacher_account, via="added")
        self.assert_put_out()

    def test_by_the_school_itself__asked_about(self):
        self.come(by=500, via="added", by_us=True)
        self.assert_asked()

    def test_nobody_knows_how__put_out_only_where_the_log_was_read(self):
        self.come(by=None, via="unknown", is_unlogged=False)
        self.assert_asked()
        self.come(by=None, via="unknown", is_unlogged=True)
        self.assert_put_out()

    def test_class_of_adults__asked_about(self):
        self.classroom.telegram_stranger_policy = "ask"
        self.come(by=self.student_account, via="added")
        self.assert_asked()

    def test_school_of_adults__asked_about_but_where_the_class_says_else(self):
        self.chat.company_id.telegram_strangers = "ask"
        self.come(by=self.student_account, via="added")
        self.assert_asked()
        self.classroom.telegram_stranger_policy = "out"
        self.come(by=self.student_account, via="added")
        self.assert_put_out()

    def test_bound_or_archived_group__asked_about(self):
        self.chat._bind("@anciens")
        self.chat.is_reviewed = True
        self.come(by=self.student_account, via="added")
        self.assert_asked()
        self.chat.bind = False
        self.chat.active = False
        self.come(by=self.student_account, via="added")
        self.assert_asked()

    def test_known_person__as_the_join_policy_says(self):
        self.chat.join_policy = "ask"
        self.env["telegram.contact"]._confirm(self.chloe, STRANGER)
        self.come(by=self.student_account, via="added")
        self.ring()
        self.assertFalse(self.guest())
        row = self.chat.roster_ids.filtered(lambda one: one.partner_id == self.chloe)
        self.assertEqual(row.status, "undecided")

    def test_decided_by_a_person__the_rule_says_nothing(self):
        self.env["telegram.guest"]._decide(self.chat, {STRANGER: "ignored"})
        self.come(by=self.student_account, via="added")
        self.ring()
        self.assertEqual((self.guest().decision, self.guest().by_rule), ("ignored", False))

    def test_back_by_a_teacher__the_rule_is_taken_back(self):
        self.come(by=self.student_account, via="added")
        self.assert_put_out()
        self.come(by=self.student_account, via="added")  # twice: reported twice, one row
        self.assert_put_out()
        self.come(by=self.teacher_account, via="added")
        self.ring()
        self.assertFalse(self.guest())

    def test_put_out_and_then_decided__a_persons_word(self):
        self.come(by=STRANGER, via="link")
        self.assert_put_out()
        self.env["telegram.guest"]._decide(self.chat, {STRANGER: "in"})
        self.assertEqual((self.guest().decision, self.guest().by_rule), ("in", False))

    def test_form__says_why_they_are_out(self):
        self.env.cr.execute(
            "INSERT INTO telegram_member (chat_id, tg_user_id, name, seen_status, state)"
            " VALUES (%s, %s, 'Un Inconnu', 'out', 'removed')",
            [self.chat.id, STRANGER],
        )
        self.come(by=STRANGER, via="link")
        self.ring()
        member = self.env["telegram.member"].search([("tg_user_id", "=", STRANGER)])
        member.invalidate_cache()
        reason = member.with_context(lang="en_US").reason_text
        self.assertEqual(reason, "Unknown to the school, and let in by nobody of the class")

    # -- what is closed -------------------------------------------------------------------------

    def test_group_of_a_class__closed_and_shows_its_history(self):
        self.assertTrue(self.chat.is_closed)
        self.assertEqual((self.chat.history_policy, self.chat.history), ("school", "visible"))

    def test_history__of_the_school_and_of_the_class(self):
        before = self.reconciles()
        self.chat.company_id.telegram_history = "hidden"
        self.assertEqual(self.chat.history, "hidden")
        self.assertGreater(self.reconciles(), before)
        before = self.reconciles()
        self.classroom.telegram_history_policy = "visible"
        self.assertEqual(self.chat.history, "visible")
        self.assertGreater(self.reconciles(), before)
        before = self.reconciles()
        self.chat.company_id.telegram_history = "visible"  # this class has its own setting
        self.assertEqual((self.chat.history, self.reconciles()), ("visible", before))
