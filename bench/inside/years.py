# Runs in Odoo's shell: what a school costs, each figure in milliseconds and statements.
import datetime
import json
import re
import time
import uuid

from dateutil.relativedelta import relativedelta

from odoo.addons.telegram_school.services.attendance.sheet import LessonSheet
from odoo.addons.telegram_school.services.calls.clock import LessonClock

TIMES = 5
cr = env.cr  # noqa: F821
admin = env(user=env.ref("base.user_admin"))  # noqa: F821
found = {}


def query(statement, *values):
    cr.execute(statement, values)
    return cr.fetchone()[0]


def measure(what, act, prepare=lambda: None, times=TIMES):
    """Note under `what` what `act(what prepare gave)` costs: the fastest; each is undone."""
    took, counts = [], []
    for _ in range(times + 1):
        given = prepare()
        env["base"].flush()  # noqa: F821
        env.clear()  # noqa: F821
        before, began = cr.sql_log_count, time.monotonic()
        act(given)
        env["base"].flush()  # noqa: F821
        took.append(1000 * (time.monotonic() - began))
        counts.append(cr.sql_log_count - before)
        cr.rollback()
        env.clear()  # noqa: F821
    found[what] = [min(took[1:]), min(counts[1:])]


def default_domain(action):
    """The domain with which the action's list opens: its own, and that of its default filters."""
    values = {
        "uid": env.uid,  # noqa: F821
        "datetime": datetime,
        "relativedelta": relativedelta,
        "context_today": lambda: datetime.date.today(),
        "time": time,
        "current_date": str(datetime.date.today()),
    }
    # as the web client does
    context, domain = (
        eval(text, values) for text in (action.context or "{}", action.domain or "[]")
    )  # noqa: S307
    arch = env[action.res_model].fields_view_get(view_type="search")["arch"]  # noqa: F821
    for name in [one[15:] for one in context if one.startswith("search_default_")]:
        tag = re.search(r'<filter[^>]*name="%s"[^>]*' % name, arch)
        given = tag and re.search(r'domain="([^"]*)"', tag.group(0))
        if given:
            text = given.group(1).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
            domain += eval(text, values)  # noqa: S307
    return domain


def opened_list(action_id, fields):
    """The act of opening an action's list: its first page, and how many there are."""
    action = admin.ref(action_id).sudo()
    model, domain = admin[action.res_model], default_domain(action)
    arch = model.fields_view_get(view_type="tree")["arch"]
    order = re.search(r'default_order="([^"]*)"', arch)

    def act(_given):
        model.search_count(domain)
        model.search(domain, limit=80, order=order and order.group(1)).read(fields)

    return act


# -- crons ----------------------------------------------------------------------------------------

names = [one for one in crons_of(env) if one[0] != "telegram.retention"]  # noqa: F821


def run(model, method):
    env.clear()  # noqa: F821
    before, began = cr.sql_log_count, time.monotonic()
    getattr(env[model], method)()  # noqa: F821
    env["base"].flush()  # noqa: F821
    cr.commit()
    return [1000 * (time.monotonic() - began), cr.sql_log_count - before]


for model, method in names:
    run(model, method)
cr.execute("ANALYZE")
cr.commit()
for model, method in names:
    found["cron %s.%s" % (model, method)] = min(run(model, method) for _ in range(3))

# -- people ---------------------------------------------------------------------------------------

room = admin["small_school.classroom"].search([("name", "=", "Classe 7")])
spare = admin["res.partner"].create({"name": "Zoé Neuve"})
teacher_partner = room.assignment_ids.partner_id
teacher = (
    admin["res.users"]
    .with_context(no_reset_password=True)
    .create(
        {
            "name": "Prof",
            "login": "prof",
            "partner_id": teacher_partner.id,
            "groups_id": [(6, 0, [admin.ref("small_school.group_teacher").id])],
        }
    )
)
cr.commit()
places = admin["small_school.enrolment"]
values = {"classroom_id": room.id, "partner_id": spare.id}
measure("enrol one", lambda _given: places.create(values))
last = places.search([("classroom_id", "=", room.id), ("state", "=", "active")], limit=1)
measure("end an enrolment", lambda _given: places.browse(last.id).action_unenrol())
contact = env["telegram.contact"].search([("partner_id", "=", last.partner_id.id)])  # noqa: F821
measure("unlink an account", lambda _given: contact.browse(contact.id)._revoke())
contact._revoke()
env["base"].flush()  # noqa: F821
due = query("SELECT count(DISTINCT res_id) FROM telegram_sheet_due")
cr.rollback()
env.clear()  # noqa: F821
measure("health", lambda _given: admin["telegram.trouble"].sudo()._watch())

# -- screens --------------------------------------------------------------------------------------

his = env(user=teacher)  # noqa: F821
held = his["small_school.lesson"].search(
    [("classroom_id", "=", room.id), ("state", "=", "held")], order="start desc", limit=1
)
form = held.fields_view_get(view_type="form")
shown = [name for name in form["fields"] if name in held._fields]
tree = form["fields"]["line_ids"].get("views", {}).get("tree", {}).get("fields", {})


def open_form(_given):
    lesson = his["small_school.lesson"].browse(held.id)
    read = lesson.read(shown)[0]
    his["small_school.attendance"].browse(read["line_ids"]).read(list(tree) or ["status"])


measure("a lesson's form, as its teacher", open_form)
room_form = room.fields_view_get(view_type="form")
room_shown = [name for name in room_form["fields"] if name in room._fields]
measure(
    "a class's form, as the administrator",
    lambda _given: admin["small_school.classroom"].browse(room.id).read(room_shown),
)
report = admin["small_school.attendance.report"]
opening = default_domain(admin.ref("small_school.action_attendance_report").sudo())


def statistics(_given):
    for groups in ([], ["classroom_id"], ["classroom_id", "partner_id"]):
        report.read_group(opening, ["rate:avg", "absences:sum", "lates:sum"], groups, lazy=False)


measure("statistics, as they open", statistics, times=2)
lines = admin["small_school.attendance"]
of_lines = default_domain(admin.ref("small_school.action_attendance").sudo())


def pivot(_given):
    for groups in ([], ["partner_id"], ["status"], ["partner_id", "status"]):
        lines.read_group(of_lines, ["__count"], groups, lazy=False)


measure("pivot of sheets, as it opens", pivot, times=2)
lists = [
    ("lines of sheets, as they open", "small_school.action_attendance", ["partner_id", "status"]),
    ("lessons, as they open", "small_school.action_lesson", ["name", "start", "classroom_id"]),
]
for what, action_id, fields in lists:
    measure(what, opened_list(action_id, fields), times=2)

# -- a lesson's life ------------------------------------------------------------------------------

now = datetime.datetime.utcnow().replace(microsecond=0)
calls = iter(range(1, 1000))


def tell(kind, chat, at, **payload):
    payload["at"] = at.isoformat() + "Z"
    cr.execute(
        "INSERT INTO telegram_inbox (fact, kind, chat_id, payload, occurred_at)"
        " VALUES (%s, %s, %s, %s, %s)",
        [uuid.uuid4().hex, kind, chat, json.dumps(payload), at],
    )


def live(room):
    """Go through a lesson of this class from its planning to its sheet; it is undone after that."""
    times = {
        "start": now - datetime.timedelta(minutes=50),
        "stop": now + datetime.timedelta(minutes=2),
    }
    lesson = env["small_school.lesson"].create(  # noqa: F821
        dict(times, name="Vie", classroom_id=room.id)
    )
    clock = LessonClock(lesson)
    clock.look()
    keys = {"open_key": clock.key("open"), "close_key": clock.key("close")}
    env["base"].flush()  # noqa: F821
    chat, call = room.telegram_chat_id.id, {"tg_call_id": 400000000 + next(calls)}
    tell("call_opened", chat, lesson.start, open_key=keys["open_key"], **call)
    cr.execute(
        "SELECT m.tg_user_id FROM telegram_member m WHERE m.chat_id = %s AND m.seen_status = 'in'",
        [chat],
    )
    accounts = [row[0] for row in cr.fetchall()]
    for kind, at in (("joined", lesson.start), ("left", now)):
        for account in accounts:
            who = {"tg_user_id": account, "peer_kind": "user", "precision_s": 0}
            tell("participant_" + kind, chat, at, source="update", **dict(who, **call))
    env["telegram.inbox"]._cron_ring()  # noqa: F821
    LessonSheet(lesson).refresh()
    env.clear()  # noqa: F821
    tell("call_closed", chat, now, by_us=True, **dict(keys, **call))
    env["telegram.inbox"]._cron_ring()  # noqa: F821
    env["base"].flush()  # noqa: F821
    cr.execute(
        "SELECT count(*) FROM small_school_attendance WHERE lesson_id = %s AND status = 'present'",
        [lesson.id],
    )
    assert cr.fetchone()[0] >= len(accounts) - 1, "the sheet was not written"


measure("a lesson's life", live, lambda: env["small_school.classroom"].browse(room.id))  # noqa: F821

# -- retention, at last: it deletes ---------------------------------------------------------------

nights = [run("telegram.retention", "_cron_forget")]
found["cron telegram.retention._cron_forget"] = nights[0]
data = admin["telegram.personal.data"]
student = admin["res.partner"].browse(last.partner_id.id)
measure("export of one student, after it", lambda _given: data._personal_export(student), times=2)


def old_rows():
    return query(
        "SELECT (SELECT count(*) FROM telegram_inbox"
        " WHERE handled_at < now() at time zone 'utc' - interval '180 days')"
        " + (SELECT count(*) FROM telegram_outbox"
        "    WHERE state_at < now() at time zone 'utc' - interval '180 days')"
    )


left = old_rows()
found["counts"] = {
    "lessons": query("SELECT count(*) FROM small_school_lesson"),
    "lines": query("SELECT count(*) FROM small_school_attendance"),
    "of our own": query("SELECT count(*) FROM telegram_attendance"),
    "presences left": query("SELECT count(*) FROM telegram_presence"),
    "facts left": query("SELECT count(*) FROM telegram_inbox"),
    "commands left": query("SELECT count(*) FROM telegram_outbox"),
    "old rows that retention left": left,
    "sheets due after unlinking an account": due,
}
print("RESULT " + json.dumps(found))
