"""Reports for the school's staff: the right to read them, and the words and formats that they
share, in the reader's language. The reports are in `register.py`, `lesson_record.py` and
`student_record.py`."""

from odoo import _
from odoo.exceptions import AccessError, UserError

from odoo.addons.lesson_register.rules.register import STATUSES
from odoo.addons.lesson_register.rules.register_html import Words

#: Colours of cells by status, in files and on screens alike.
TONES = {"absent": "red", "late": "amber", "left_early": "amber", "partial": "amber"}


class ReportWords:
    """Words and formats for the user of `env`, in the language of its context."""

    def __init__(self, env):
        self.env = env

    def check_may_read(self, record):
        """Raise AccessError unless the user is of the school's staff and may read this record."""
        if not self.env.user.has_group("small_school.group_teacher"):
            raise AccessError(_("Only the school's staff may see its registers."))
        record.check_access_rights("read")
        record.check_access_rule("read")

    def check_period(self, first, last):
        """Raise UserError if the last day is before the first one."""
        if last < first:
            raise UserError(_("The period ends before it begins: mend the dates."))

    def lang(self):
        """The reader's res.lang."""
        langs = self.env["res.lang"]
        code = self.env.context.get("lang") or self.env.user.lang or "en_US"
        # a language that is not installed has no record
        return langs._lang_get(code) or langs.search([], limit=1)

    def codes(self):
        """Return {status: text of a cell of a register}."""
        # Odoo translates no single letters
        texts = {
            "present": _("P = present"),
            "late": _("L = late"),
            "left_early": _("D = departed early"),
            "absent": _("A = absent"),
            "excused": _("E = excused"),
        }
        codes = {status: text.split(" ")[0] for status, text in texts.items()}
        return dict(codes, partial="½", unknown="?")

    def labels(self):
        """Return {status: its name}."""
        field = self.env["small_school.attendance"]._fields["status"]
        return dict(field._description_selection(self.env))

    def of_html(self):
        """The words of a register as HTML."""
        lang = self.lang()
        is_month_first = lang.date_format.startswith("%m")
        return Words(
            self.codes(),
            self.labels(),
            _("Student"),
            _("Rate"),
            _("There / expected"),
            "%m/%d" if is_month_first else "%d/%m",
            "%H:%M",
            lang.decimal_point,
        )

    def legend(self):
        """Return [(status, code, label)]."""
        codes, labels = self.codes(), self.labels()
        return [(status, codes[status], labels[status]) for status in STATUSES]

    def rate_rule(self):
        """The sentence that says how the attendance rate is computed."""
        return _(
            "Rate: present, late and left early count whole, partly present half, absent nothing; "
            "excused and unknown do not count."
        )

    def period(self, first, last):
        form = self.lang().date_format
        return _("From %s to %s") % (first.strftime(form), last.strftime(form))

    def number(self, value):
        """A number with one decimal, as the reader writes it."""
        return ("%.1f" % value).replace(".", self.lang().decimal_point)
