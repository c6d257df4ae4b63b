import importlib.util
import os

from odoo.modules import get_module_path
from odoo.tests.common import tagged

from ..models.attendance.sheet import Sheet
from .common import SchoolCase

#: The only folder of scripts that Odoo 13 and 14 both run.
FOLDER = os.path.join(get_module_path("classroom"), "migrations", "0.0.0")


def script(name, folder=FOLDER):
    spec = importlib.util.spec_from_file_location(name, os.path.join(folder, name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@tagged("post_install", "-at_install")
class TestMigration(SchoolCase):
    def test_scripts__are_where_both_versions_find_them(self):
        self.assertEqual(os.listdir(os.path.dirname(FOLDER)), ["0.0.0"])

    def test_portal_rules__become_those_of_a_new_school(self):
        rules = script("post-portal-rules")._RULES
        for name, before, after in rules:
            rule = self.env.ref("classroom." + name)
            self.assertEqual(rule.domain_force, after)
            rule.domain_force = before
            rule.flush()
        for _again in range(2):
            script("post-portal-rules").migrate(self.env.cr, "13.0.1.2.0")
            self.env["ir.rule"].invalidate_cache()
            for name, _before, after in rules:
                self.assertEqual(self.env.ref("classroom." + name).domain_force, after)

    def test_portal_rules__of_the_school_s_own_stay(self):
        rule = self.env.ref("classroom.lesson_portal_rule")
        rule.domain_force = "[(0, '=', 1)]"
        rule.flush()
        script("post-portal-rules").migrate(self.env.cr, "13.0.1.2.0")
        rule.invalidate_cache()
        self.assertEqual(rule.domain_force, "[(0, '=', 1)]")

    def test_student_number__again_and_again(self):
        for _again in range(2):
            script("pre-student-number").migrate(self.env.cr, "13.0.1.0.0")

    def test_blocked__since_the_last_change_where_nothing_better_is_known(self):
        enrolment = self.enrolment(self.amina)
        enrolment.action_block()
        kept = enrolment.ended_at
        script("post-blocked-at").migrate(self.env.cr, "13.0.1.2.0")
        enrolment.invalidate_cache()
        self.assertEqual(enrolment.ended_at, kept)
        enrolment.ended_at = False
        enrolment.flush()
        script("post-blocked-at").migrate(self.env.cr, "13.0.1.2.0")
        enrolment.invalidate_cache()
        self.assertTrue(enrolment.ended_at)
        self.assertIn(self.amina, dict(Sheet(self.lesson).people()))
