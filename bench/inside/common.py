# Stands before each of the other scripts of this folder.
import re as _re


def crons_of(env):
    """[(model, method)] of the crons of the product and of the small school, by their data."""
    addons = ("telegram_base", "telegram_school", "small_school", "small_school_telegram")
    records = env["ir.model.data"].search([("model", "=", "ir.cron"), ("module", "in", addons)])
    return sorted(
        (cron.model_id.model, _re.match(r"model\.(\w+)\(\)$", cron.code).group(1))
        for cron in env["ir.cron"].with_context(active_test=False).browse(records.mapped("res_id"))
    )
