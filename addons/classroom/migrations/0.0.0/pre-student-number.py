"""The constraint of 13.0.1.0.0 let people without a company share a number; an index replaces it.
In `0.0.0`, which Odoo 13 and 14 both run, at each update."""


def migrate(cr, version):
    cr.execute("ALTER TABLE res_partner DROP CONSTRAINT IF EXISTS res_partner_student_number_once")
