# Runs in Odoo's shell: each cron of the product twice, in its own transaction.
import json
import time

CRONS = crons_of(env)  # noqa: F821


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
