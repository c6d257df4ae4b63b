"""The portal's rules are kept from updates; those of before showed a classroom, and its lessons to
come, to former students, too, and sheets that were not final. What a school has written itself stays.

In the folder `0.0.0`, which runs at each update on Odoo 13 and 14: 14 takes a folder `13.0.x` for one of
an Odoo before it.
"""

_RULES = (
    (
        "classroom_portal_rule",
        "[('enrolment_ids.partner_id', '=', user.partner_id.id),"
        " ('enrolment_ids.state', '!=', 'ended')]",
        "[('student_ids', '=', user.partner_id.id)]",
    ),
    (
        "lesson_portal_rule",
        "[('classroom_id.enrolment_ids.partner_id', '=', user.partner_id.id)]",
        "[('is_own', '=', True)]",
    ),
    (
        "attendance_portal_rule",
        "[('partner_id', '=', user.partner_id.id)]",
        "[('partner_id', '=', user.partner_id.id),"
        " ('lesson_id.sheet_state', 'in', ('final', 'confirmed'))]",
    ),
)


def migrate(cr, version):
    for name, before, after in _RULES:
        cr.execute(
            """
            UPDATE ir_rule SET domain_force = %s WHERE domain_force = %s
            AND id = (SELECT res_id FROM ir_model_data
                      WHERE module = 'classroom' AND model = 'ir.rule' AND name = %s)
            """,
            [after, before, name],
        )
