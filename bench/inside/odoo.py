# Runs in Odoo's shell, as the administrator: what a person does with a class, undone each time.
import json
import time

TIMES = 12
user = env.ref("base.user_admin")  # noqa: F821
mine = env(user=user)  # noqa: F821
rooms = mine["small_school.classroom"].search([("name", "like", "Classe")], order="id")
others = mine["res.partner"].search([("name", "like", "Personne")], order="id desc", limit=AT_ONCE)  # noqa: F821
first_id, other_ids = rooms[0].id, others.ids
if "telegram.lesson.mixin" in env:  # noqa: F821
    env["telegram.lesson.mixin"]._cron_telegram_lessons()  # noqa: F821


def measure(prepare, act):
    """Seconds and statements of `act(what prepare gave)`: of the fastest, since all else that runs
    only makes it slower."""
    times, counts = [], []
    for _ in range(TIMES + 1):
        given = prepare()
        mine["base"].flush()
        mine.clear()
        before, began = mine.cr.sql_log_count, time.monotonic()
        act(given)
        mine["base"].flush()
        times.append(time.monotonic() - began)
        counts.append(mine.cr.sql_log_count - before)
        mine.cr.rollback()
        mine.clear()
    return [min(times[1:]), min(counts[1:])]


def room():
    return mine["small_school.classroom"].browse(first_id)


def enrol(count):
    values = [{"classroom_id": first_id, "partner_id": one} for one in other_ids[:count]]
    return mine["small_school.enrolment"].create(values)


def last():
    return mine["small_school.enrolment"].search([("classroom_id", "=", first_id)], limit=1)


def archived():
    room().action_archive()
    mine["base"].flush()
    return room()


found = {
    "enrol one": measure(lambda: 1, enrol),
    "end it": measure(last, lambda one: one.action_unenrol()),
    "archive": measure(room, lambda one: one.action_archive()),
    "restore": measure(archived, lambda one: one.action_unarchive()),
    "enrol 500 at once": measure(lambda: len(other_ids), enrol),
}
print("RESULT " + json.dumps(found))
