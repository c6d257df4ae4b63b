"""Since when an enrolment is blocked is kept now, so that its student stays on the sheets of before. Of
older ones it is the last change. In `0.0.0`, which Odoo 13 and 14 both run, at each update."""


def migrate(cr, version):
    cr.execute(
        "UPDATE classroom_enrolment SET ended_at = write_date"
        " WHERE state = 'blocked' AND ended_at IS NULL"
    )
