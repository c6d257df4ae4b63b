"""The lessons that a user sees as their own on the portal, as a student."""


def own_lessons_domain(env):
    """Return a plain domain for the record rule: lessons within the user's enrolments, past or
    present, and lessons with a line of theirs on the sheet. One query, however many lessons there
    are."""
    partner = env.user.partner_id
    # attendance names its lesson, so that the lesson of a line is seen in any case
    domain = [("line_ids.partner_id", "=", partner.id)]
    enrolments = env["small_school.enrolment"].sudo().search([("partner_id", "=", partner.id)])
    for enrolment in enrolments:
        first, before = enrolment._lesson_span()
        enrolled = [("classroom_id", "=", enrolment.classroom_id.id), ("start", ">=", first)]
        if before:
            enrolled.append(("start", "<", before))
        domain = ["|"] + domain + ["&"] * (len(enrolled) - 1) + enrolled
    return domain
