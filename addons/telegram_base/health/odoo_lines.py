"""The section “Odoo”: requirements of the school's own side."""

from .line import line
from .sources import CRON_MINUTES, ago, iso

ODOO = [
    line(
        "odoo",
        "inbox_cron_off",
        "act",
        "cron x WHERE x.active IS NOT TRUE",
        {},
        pool="NULL",
        alarm="t",
    ),
    line(
        "odoo",
        "inbox_cron_late",
        "act",
        "cron x WHERE x.active AND x.nextcall < " + ago(CRON_MINUTES),
        {"due_at": iso("x.nextcall")},
        pool="NULL",
        alarm="t",
    ),
    line(
        "odoo",
        "inbox_cron_well",
        "ok",
        "cron x WHERE x.active AND x.nextcall >= " + ago(CRON_MINUTES),
        {},
        pool="NULL",
    ),
    line(
        "odoo",
        "doorbell_missing",
        "act",
        "doorbell x WHERE NOT x.is_there",
        {},
        pool="NULL",
        alarm="t",
    ),
    line(
        "odoo",
        "text_unusable",
        "act",
        "telegram_text_fault x",
        {"text": "x.name", "error": "x.error", "since": iso("x.found_at")},
        pool="NULL",
        subject="x.subject",
        alarm="t",
    ),
    line(
        "odoo",
        "adapter_fault",
        "CASE WHEN x.is_note THEN 'note' ELSE 'act' END",
        "telegram_adapter_fault x",
        {
            "fault": "x.code",
            "model": "x.model",
            "field": "x.field",
            "other": "x.other",
            "since": iso("x.found_at"),
        },
        pool="NULL",
        subject="concat_ws(':', x.code, x.model, x.field)",
        alarm="NOT coalesce(x.is_note, false)",
    ),
    line(
        "odoo",
        "mail_guarded",
        "ok",
        "ir_config_parameter x WHERE x.key = 'telegram_mail_guard.is_needed' AND x.value = 'True'",
        {},
        pool="NULL",
    ),
    line("odoo", "doorbell_well", "ok", "doorbell x WHERE x.is_there", {}, pool="NULL"),
]
