"""Words and formats that sheets, registers and records share, in the reader's language."""

from odoo import _
from odoo.exceptions import UserError

from ..rules.register import STATUSES, count
from ..rules.register_html import Words

#: Colours of cells by status, in files and on screens alike.
TONES = {"absent": "red", "late": "amber", "left_early": "amber", "partial": "amber"}


class ReportWords:
    """Words and formats for the user of `env`, in the language of its context. labels: {status: its
    name}, the school's."""

    def __init__(self, env, labels):
        self.env, self.labels = env, labels

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

    def of_html(self):
        """The words of a register as HTML."""
        lang = self.lang()
        is_month_first = lang.date_format.startswith("%m")
        return Words(
            self.codes(),
            self.labels,
            _("Student"),
            _("Rate"),
            _("There / expected"),
            "%m/%d" if is_month_first else "%d/%m",
            "%H:%M",
            lang.decimal_point,
        )

    def legend(self):
        """Return [(status, code, label)]."""
        codes = self.codes()
        return [(status, codes[status], self.labels[status]) for status in STATUSES]

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

    def counts(self, statuses):
        """Return [“Present: 3”, …] of the statuses that occur."""
        counts = count(statuses)
        return [
            _("%s: %s") % (self.labels[status], counts[status])
            for status in STATUSES
            if status in counts
        ]

    def students(self, statuses):
        """Return the number of students and of each status; "" without students."""
        return " · ".join([str(len(statuses))] + self.counts(statuses)) if statuses else ""
