"""One record of every model, all about one classroom and one student, for the table of rights."""

from datetime import timedelta

from odoo import fields

#: The addons whose models must all be in the table.
ADDONS = (
    "telegram_mail_guard",
    "telegram_base",
    "telegram_school",
    "small_school",
    "small_school_telegram",
)
_VALUES = {
    "boolean": False,
    "integer": 1,
    "float": 1.0,
    "date": "2026-01-05",
    "datetime": "2026-01-05 08:00:00",
    "binary": b"x",
}


_CALLED = ("ring", "page", "check_all", "pause", "resume", "telegram_link_url")


def own_models(env):
    """Return the names of our addons' models that have rows, sorted."""
    return sorted(
        name
        for name, model in env.registry.items()
        if not model._abstract and model._original_module in ADDONS
    )


def own_methods(env, is_wizard=False):
    """Return `model.method` of all methods that others may call on models with rows (a wizard's own
    user calls it), on people and on users: buttons, and the methods that the portal, the page and
    the gateway call. Sorted."""
    models = [name for name in own_models(env) if env[name]._transient == is_wizard]
    methods = {
        "%s.%s" % (model, method)
        for model in models + ([] if is_wizard else ["res.partner", "res.users"])
        for cls in type(env[model]).__mro__
        if cls.__module__.split(".")[2:3] and cls.__module__.split(".")[2] in ADDONS
        for method, value in vars(cls).items()
        if callable(value) and (method.startswith("action_") or method in _CALLED)
    }
    return sorted(methods)


class Records:
    """The records of the table. `of(model)` returns an id. The school's own records are given; the
    others are inserted as rows, with the columns that the database requires, so that nothing else
    happens."""

    def __init__(self, env, known):
        self.env = env
        self._known = {model: record.id for model, record in known.items()}

    def of(self, model):
        if model not in self._known:
            is_table = self.env[model]._auto
            self._known[model] = self._insert(model) if is_table else self._in_view(model)
        return self._known[model]

    def _in_view(self, model):
        if model == "small_school.attendance.report":  # of lessons that were held
            held = self.env["small_school.lesson"].browse(self.of("small_school.lesson")).copy()
            held.state = "held"
            values = {"lesson_id": held.id, "partner_id": self.of("res.partner")}
            line = self.env["small_school.attendance"].create(values)
            self.env["base"].flush()
            return line.id
        self.of("telegram.pause")  # so that the page “Health” has something to show for the group
        self.env["base"].flush()
        about = ("partner_id", "res.partner")
        if model != "telegram.person":
            about = ("chat_id", "telegram.chat")
        query = 'SELECT id FROM "%s" WHERE %s = %%s ORDER BY id LIMIT 1'
        self.env.cr.execute(query % (self.env[model]._table, about[0]), [self.of(about[1])])
        return self.env.cr.fetchone()[0]

    def _insert(self, model):
        self.env["base"].flush()
        table = self.env[model]._table
        self.env.cr.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " AND is_nullable = 'NO' AND column_default IS NULL",
            [table],
        )
        required = {column for (column,) in self.env.cr.fetchall()}
        values = {}
        for name, field in self.env[model]._fields.items():
            if not field.store or field.type in ("one2many", "many2many") or name == "id":
                continue
            is_about = field.type == "many2one" and field.comodel_name in self._known
            if name in required or (is_about and not name.endswith("_uid")):
                values[name] = self._value(field)
        self.env.cr.execute(
            'INSERT INTO "{}" ({}) VALUES ({}) RETURNING id'.format(
                table,
                ", ".join('"%s"' % name for name in values) or "create_uid",
                ", ".join(["%s"] * len(values)) or "1",
            ),
            list(values.values()),
        )
        return self.env.cr.fetchone()[0]

    def _value(self, field):
        if field.type == "many2one":
            return self.of(field.comodel_name)
        if field.type == "selection":
            return field.get_values(self.env)[0]
        return _VALUES.get(field.type, "x")


def school(env):
    """Return {model: record} of a classroom with a student who has a guardian, a teacher, a
    supervisor, a group and a lesson; another classroom's teacher is under `other`."""
    people = env["res.partner"].create(
        [{"name": name} for name in ("Amina", "Mère d'Amina", "Mme Roux", "M. Petit", "Mme Autre")]
    )
    student, guardian, teacher, supervisor, other = people
    student.guardian_ids = guardian
    classroom, elsewhere = env["small_school.classroom"].create(
        [{"name": "Algèbre", "tz": "Europe/Paris"}, {"name": "Ailleurs", "tz": "Europe/Paris"}]
    )
    # by the classroom's clock the lesson two hours ago may have been yesterday
    before = fields.Date.today() - timedelta(days=7)
    enrolment = env["small_school.enrolment"].create(
        {"classroom_id": classroom.id, "partner_id": student.id, "date_from": before}
    )
    assignments = env["small_school.assignment"].create(
        [
            {
                "classroom_id": one.id,
                "partner_id": partner.id,
                "role": role,
                "date_from": before,
            }
            for one, partner, role in (
                (classroom, teacher, "teacher"),
                (classroom, supervisor, "supervisor"),
                (elsewhere, other, "teacher"),
            )
        ]
    )
    start = fields.Datetime.now() - timedelta(hours=2)
    lesson = env["small_school.lesson"].create(
        {
            "classroom_id": classroom.id,
            "name": "Fractions",
            "start": start,
            "stop": start + timedelta(hours=1),
        }
    )
    lesson.action_prepare_sheet()
    lesson.sheet_state = "final"  # families read no other
    chat = classroom.telegram_chat_id
    values = {"partner_id": student.id, "asked_by_id": guardian.id, "reason": "fever"}
    known = {
        "res.partner": student,
        "res.company": env.company,
        "res.users": env.ref("base.user_admin"),
        "small_school.classroom": classroom,
        "small_school.enrolment": enrolment,
        "small_school.assignment": assignments[:1],
        "small_school.lesson": lesson,
        "telegram.lesson": env["telegram.lesson"]._of(lesson),
        "small_school.attendance": lesson.line_ids[:1],
        "small_school.excuse": env["small_school.excuse"].create(dict(values, lesson_id=lesson.id)),
        "telegram.chat": chat,
        "telegram.contact": env["telegram.contact"]._confirm(
            student, 7001, {"phone": "+33600000001"}
        ),
        # not of the student, whom it would let see more
        "telegram.planned.place": env["telegram.planned.place"].create(
            {
                "chat_id": chat.id,
                "partner_id": teacher.id,
                "role": "teacher",
                "valid_from": fields.Datetime.now(),
            }
        ),
        "telegram.roster": chat.roster_ids.filtered(lambda row: row.partner_id == student),
        "telegram.contract": env["telegram.contract"].search([], limit=1),
    }
    partners = {
        "student": student,
        "guardian": guardian,
        "teacher": teacher,
        "other": other,
        "supervisor": supervisor,
    }
    return known, partners
