"""Papers for the printer."""

from odoo import _
from odoo.exceptions import UserError

from ..rules.tables import file_name


def render(paper):
    """Return (content, kind) of a paper, in the language of its environment; kind is "html" where
    Odoo makes no PDF, as while it runs tests."""
    # the paper was read with the user's rights; families may read no reports
    report = paper.env.ref("lesson_register.report_%s" % paper.kind).sudo()
    method = getattr(report, "_render_qweb_pdf", None) or report.render_qweb_pdf  # 14, 13
    return method(None, data={"papers": [paper.printed()]})


class PaperFile:
    """A paper as a file to be sent."""

    def __init__(self, paper):
        self.paper, self.env = paper, paper.env

    def make(self):
        """Return dict(name, mimetype, content bytes). Raises UserError if Odoo makes no PDF."""
        content, kind = render(self.paper)
        if kind != "pdf":
            raise UserError(_("Odoo makes no PDF here: is wkhtmltopdf installed?"))
        name = file_name([_("Attendance")] + self.paper.name_parts(), "pdf")
        return {"name": name, "mimetype": "application/pdf", "content": content}
