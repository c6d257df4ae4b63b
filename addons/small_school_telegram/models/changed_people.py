"""The people of a class whose place differs from the group's roster, found in the database: nobody
else of a large class is read."""

# Students who are enrolled today and on the roster, and former ones who are out, are left out. The
# few people who teach a class are all read.
_CHANGED = """
WITH enrolled AS (
    SELECT partner_id, nullif(reason, '') AS reason FROM small_school_enrolment
    WHERE classroom_id = %(classroom)s AND state = 'active'
      AND (date_from IS NULL OR date_from <= %(today)s)
      AND (date_to IS NULL OR date_to >= %(today)s)
), listed AS (
    SELECT * FROM telegram_roster WHERE chat_id = %(chat)s
)
SELECT p.id FROM listed r FULL JOIN enrolled e USING (partner_id)
JOIN res_partner p ON p.id = partner_id
WHERE (p.active AND p.student_blocked IS NOT TRUE AND p.telegram_erased_at IS NULL AND (
    r.status = 'in' AND r.role = 'student' AND r.valid_until IS NULL
    AND e.partner_id IS NOT NULL AND r.reason IS NOT DISTINCT FROM e.reason
    OR r.status = 'out' AND e.partner_id IS NULL)) IS NOT TRUE
UNION
SELECT partner_id FROM small_school_enrolment
WHERE classroom_id = %(classroom)s AND state = 'blocked'
UNION
SELECT partner_id FROM small_school_assignment WHERE classroom_id = %(classroom)s
UNION
SELECT substitute_id FROM small_school_lesson
WHERE classroom_id = %(classroom)s AND substitute_id IS NOT NULL
  AND stop > now() AT TIME ZONE 'UTC' - interval '1 day'
"""


def changed_people(classroom):
    """Return those people (res.partner) whose place on the roster of this class may change."""
    env = classroom.env
    env["base"].flush()
    env.cr.execute(
        _CHANGED,
        {
            "classroom": classroom.id,
            "chat": classroom.sudo().telegram_own_chat_id.id or None,
            "today": classroom._today(),
        },
    )
    return env["res.partner"].sudo().browse([row[0] for row in env.cr.fetchall()])
