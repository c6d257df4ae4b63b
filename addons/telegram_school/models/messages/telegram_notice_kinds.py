"""The kinds of notices: their names, the built-in texts and their placeholders.

A new kind has: a line in each of the functions below, a switch in `telegram_classroom_switches.py`,
and a call of the classroom's `_telegram_tell(kind, values)` where it happens; then its French words
in `i18n/fr.po`. The tests hold the functions to each other.

These are functions since words are translated when they are asked for: the parameter is called
`self` since `_` looks for the language there.
"""

from odoo import _

#: In the order of the screens.
KINDS = (
    "enrolled",
    "unenrolled",
    "teachers",
    "renamed",
    "welcome",
    "reminder",
    "opened",
    "moved",
    "cancelled",
    "report",
    "absence",
)
#: About a lesson: sent at once, even within the quiet hours.
OF_LESSON = ("reminder", "opened", "moved", "cancelled", "report")
#: About the class and its people: the classroom's “Notices in the group” switches all of them off.
OF_CLASS = ("enrolled", "unenrolled", "teachers", "renamed", "welcome")
#: For one person alone, by the bot.
PRIVATE = ("reminder", "opened", "moved", "cancelled", "absence")

_LESSON = ("lesson", "classroom", "school", "teacher", "day", "start", "end")

#: Placeholders that the text of a kind may use.
OFFERED = {
    "enrolled": ("names", "count", "classroom", "school"),
    "unenrolled": ("names", "count", "classroom", "school"),
    "teachers": ("came", "went", "classroom", "school"),
    "renamed": ("before", "classroom", "school"),
    "welcome": ("classroom", "school"),
    "reminder": _LESSON + ("opening",),
    "opened": _LESSON,
    "moved": _LESSON + ("before", "now"),
    "cancelled": _LESSON + ("before", "reason"),
    "report": _LESSON + ("count", "counts"),
    "absence": _LESSON + ("student",),
}


def labels(self):
    """Return {kind: its name}."""
    return {
        "enrolled": _("Enrolled"),
        "unenrolled": _("Unenrolled"),
        "teachers": _("Teacher changed"),
        "renamed": _("Classroom renamed"),
        "welcome": _("Welcome"),
        "reminder": _("Reminder of a lesson"),
        "opened": _("Call open"),
        "moved": _("Lesson moved"),
        "cancelled": _("Lesson cancelled"),
        "report": _("Report"),
        "absence": _("Absence, to guardians"),
    }


def selection(self):
    """Return the choices of a field of kinds."""
    names = labels(self)
    return [(kind, names[kind]) for kind in KINDS]


def occasions(self):
    """Return {kind: when it is sent and to whom}."""
    return {
        "enrolled": _("In the group, when students are enrolled; many at once are one message."),
        "unenrolled": _("In the group, when enrolments end; many at once are one message."),
        "teachers": _("In the group, when somebody begins or ends to teach the class."),
        "renamed": _("In the group, when the classroom gets another name in Odoo."),
        "welcome": _("In the group, once, when it is made."),
        "reminder": _("In the group, some minutes before the lesson; also to those who wish it."),
        "opened": _("In the group, when the lesson's call opens, with a button that leads there."),
        "moved": _("In the group, when a lesson is moved that it was reminded of already."),
        "cancelled": _("In the group, when a lesson is cancelled that it was reminded of already."),
        "report": _("In the group, when the lesson is over and its sheet is written."),
        "absence": _("To guardians who agreed to it, when their child was absent from a lesson."),
    }


def texts(self):
    """Return {kind: the built-in text}."""
    return {
        "enrolled": _("Enrolled: <b>{names}</b>"),
        "unenrolled": _("No longer enrolled: <b>{names}</b>"),
        "teachers": _("Now teaches here: <b>{came}</b>\nNo longer teaches here: <b>{went}</b>"),
        "renamed": _("This class is now called <b>{classroom}</b> (before: {before})."),
        "welcome": _(
            "Welcome to <b>{classroom}</b>.\n"
            "Lessons are held here, as video calls: reminders and what changes are said here, too."
        ),
        "reminder": _(
            "Reminder: <b>{lesson}</b>, from {start} to {end}.\nThe call opens here at {opening}."
        ),
        "opened": _("The call is open: <b>{lesson}</b>, from {start} to {end}."),
        "moved": _("Moved: <b>{lesson}</b> ({before}) is now on {now}."),
        "cancelled": _("Cancelled: <b>{lesson}</b> ({before}).\nReason: {reason}"),
        "report": _(
            "Attendance: <b>{lesson}</b>, from {start} to {end}.\nStudents: {count}\n{counts}"
        ),
        "absence": _(
            "<b>{student}</b> was absent: {lesson} ({classroom}), {day}, from {start} to {end}."
        ),
    }


def begun_texts(self):
    """Return {kind: the text for a lesson that has begun}, for texts that would name a past
    hour."""
    return {
        "opened": _("The call is open: <b>{lesson}</b>, until {end}."),
        "moved": _("<b>{lesson}</b> has begun, and lasts until {end} (it was to be: {before})."),
    }


def explanations(self, kind):
    """Return [(placeholder, its meaning, an example)] of a kind."""
    words = {
        "names": (_("their names"), _("Amina Benali, Hugo Martin")),
        "count": (_("how many"), "2"),
        "classroom": (_("the classroom's name"), _("Mathematics 3A")),
        "school": (_("the school's name"), _("Our school")),
        "came": (_("who teaches the class from now on"), _("Mrs Roux")),
        "went": (_("who does not any more"), _("Mr Petit")),
        "lesson": (_("what the lesson is called"), _("Fractions")),
        "teacher": (_("who gives the lesson, where that is known"), _("Mrs Roux")),
        "day": (_("the day of the lesson"), _("12 March 2026")),
        "start": (_("when it begins, by the classroom's clock"), "09:00"),
        "end": (_("when it ends"), "10:00"),
        "opening": (_("when the call opens, where it opens by itself"), "08:55"),
        "before": (_("day and time before"), _("12 March 2026, 09:00")),
        "now": (_("day and time now"), _("13 March 2026, 11:00")),
        "reason": (_("why, where somebody said so"), _("The teacher is ill")),
        "counts": (_("a line for each kind of attendance"), _("Present: 2")),
        "student": (_("the child's name"), _("Amina Benali")),
    }
    if kind == "renamed":
        words["before"] = (_("the name before"), _("Mathematics 3"))
    return [(name,) + words[name] for name in OFFERED[kind]]


def refusals(self):
    """Return {code of a `rules.template.TemplateError`: sentence with %(what)s and %(line)s}."""
    return {
        "empty": _("The text says nothing."),
        "too_long": _("The text is longer than the 4,096 characters of a Telegram message."),
        "stray_less": _("Line %(line)s: “%(what)s” is not a tag. Write &lt; for the sign itself."),
        "stray_brace": _(
            "Line %(line)s: “%(what)s” is not a placeholder. Write {{ or }} for the sign itself."
        ),
        "unknown_tag": _(
            "Line %(line)s: Telegram does not know %(what)s. Use <b>, <i>, <u>, <s>, <code>, "
            '<pre>, <blockquote> or <a href="https://…">.'
        ),
        "attributes": _("Line %(line)s: nothing more may stand in %(what)s."),
        "bad_link": _(
            'Line %(line)s: write a link as <a href="https://…">text</a>, without placeholders '
            "in the address (here: %(what)s)."
        ),
        "not_open": _("Line %(line)s: %(what)s closes what was not opened last."),
        "not_closed": _("Line %(line)s: %(what)s is not closed."),
        "unknown_placeholder": _(
            "Line %(line)s: there is no placeholder %(what)s here. Choose one of the list."
        ),
    }
