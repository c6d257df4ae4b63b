"""Choices of the mixins' fields, as functions: Odoo translates a list of choices only in the module
that makes the model, and the models are the adapters'.

The parameter is called `self` since `_` looks for the language there.
"""

from odoo import _


def reports(self):
    return [
        ("none", _("No report")),
        ("counts", _("Counts only")),
        ("absentees", _("Counts and names of the absent")),
        ("full", _("Everybody")),
    ]


def recordings(self):
    return [
        ("none", _("Not recorded")),
        ("audio", _("Sound")),
        ("video", _("Sound and picture")),
    ]


def join_policies(self):
    return [
        ("enrol", _("Enrol whoever comes")),
        ("ask", _("Ask a person")),
        ("remove", _("Remove from the group")),
    ]


def stranger_policies(self):
    return [
        ("school", _("As the school has it")),
        ("out", _("Put out")),
        ("ask", _("A person decides")),
    ]


def history_policies(self):
    return [
        ("school", _("As the school has it")),
        ("visible", _("See the history")),
        ("hidden", _("Do not see it")),
    ]


def leave_policies(self):
    return [("unenrol", _("Unenrol")), ("flag", _("Only show it"))]


def title_policies(self):
    return [("accept", _("Take the new title over")), ("restore", _("Restore ours"))]


def promotion_policies(self):
    return [("restore", _("Restore ours")), ("accept", _("Let it be"))]


def archive_policies(self):
    return [
        ("leave", _("Leave it in peace")),
        ("read_only", _("Members may only read")),
        ("empty", _("Remove everybody")),
    ]


def sheet_states(self):
    return [
        ("none", _("Not computed")),
        ("live", _("While it runs")),
        ("final", _("Final")),
    ]


def notice_choices(self):
    return [("school", _("As the school has it")), ("on", _("Say it")), ("off", _("Do not say it"))]


def quiet_choices(self):
    return [
        ("school", _("As the school has them")),
        ("own", _("Own hours")),
        ("none", _("No quiet hours")),
    ]


def mail_choices(self):
    return [
        ("unlinked", _("While Telegram is not linked")),
        ("always", _("Always")),
        ("never", _("Never")),
    ]


def statuses(self):
    """Return the choices of a line's status, from the least to the most present."""
    return [
        ("excused", _("Excused")),
        ("unknown", _("Unknown")),
        ("absent", _("Absent")),
        ("partial", _("Partly present")),
        ("late", _("Late")),
        ("left_early", _("Left early")),
        ("present", _("Present")),
    ]
