# Runs in Odoo's shell: each cron of the product twice, in its own transaction.
import json
import time

CRONS = [
    ("telegram.lesson.mixin", "_cron_telegram_lessons"),
    ("telegram.classroom.mixin", "_cron_telegram_rosters"),
    ("telegram.bot", "_cron_invite"),
    ("telegram.mailing", "_cron_mail"),
    ("telegram.notice.mail", "_cron_remind"),
    ("res.partner", "_cron_telegram_archived"),
    ("telegram.inbox", "_cron_ring"),
    ("telegram.trouble", "_cron_watch"),
    ("telegram.retention", "_cron_forget"),
    ("telegram.attachment", "_cron_make"),
    ("telegram.lookup", "_cron_lookup"),
    ("telegram.secret", "_cron_forget"),
]


def run(model, method):
    """Seconds and statements of one run."""
    env.clear()  # noqa: F821
    before, began = env.cr.sql_log_count, time.monotonic()  # noqa: F821
    getattr(env[model], method)()  # noqa: F821
    env["base"].flush()  # noqa: F821
    env.cr.commit()  # noqa: F821
    return [time.monotonic() - began, env.cr.sql_log_count - before]  # noqa: F821


first = {(model, method): run(model, method) for model, method in CRONS}
# the rows of the first runs stand where the database would look for them after a while
env.cr.execute("ANALYZE")  # noqa: F821
env.cr.commit()  # noqa: F821
found = {
    "%s.%s" % (model, method): first[model, method] + run(model, method) for model, method in CRONS
}
print("RESULT " + json.dumps(found))
