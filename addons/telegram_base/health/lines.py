"""The judgement of the product's health, as SQL: the one place where it is decided.

Each `Line` is a sentence of the page “Health”, of `telegram-gateway check` and perhaps of an
activity: where it applies (`source`), how bad it is (`level`), whom it is about (`subject`), the
values of its sentence (`facts`). Together they make the view `telegram_health`, which both programs
read: they cannot judge differently. Only the words are each program's own, by `code`.

Levels: `ok`; `note`, nobody needs to do anything; `act`, a person has to do something; `down`,
nothing is done on Telegram before somebody does something.

Instants are naive UTC on the database's clock; as facts ISO 8601 with Z.
"""

from .account_lines import ACCOUNTS, LIMITS
from .gateway_lines import GATEWAY, PROCESSES
from .group_lines import GROUPS
from .line import LEVELS
from .odoo_lines import ODOO
from .sources import COMMON
from .traffic_lines import COMMANDS, FACTS

__all__ = ["CODES", "LEVELS", "LINES", "SECTIONS", "lines_sql"]

#: In the order of the page; those of one section stand together, the worst first.
LINES = GATEWAY + PROCESSES + ACCOUNTS + LIMITS + COMMANDS + FACTS + GROUPS + ODOO

SECTIONS = ("gateway", "accounts", "commands", "facts", "groups", "odoo")
CODES = tuple(line.code for line in LINES)


def lines_sql():
    """The query behind the view: pool (null: all), section, code, level, subject, chat_id,
    is_alarm (the administrators are to be told), facts (JSON object)."""
    selects = []
    for number, line in enumerate(LINES):
        facts = ", ".join("'%s', %s" % pair for pair in sorted(line.facts.items()))
        selects.append(
            "SELECT %d AS place, (%s)::varchar AS pool, '%s'::varchar AS section,"
            " '%s'::varchar AS code, (%s)::varchar AS level, (%s)::varchar AS subject,"
            " (%s)::int AS chat_id, coalesce(%s, false) AS is_alarm,"
            " json_build_object(%s)::text AS facts FROM %s"
            % (
                number,
                line.pool,
                line.section,
                line.code,
                line.level,
                line.subject,
                line.chat,
                line.is_alarm,
                facts,
                line.source,
            )
        )
    return (
        "WITH %s SELECT row_number() OVER (ORDER BY place, subject)::int AS id, l.* FROM (%s) l"
        % (
            COMMON,
            " UNION ALL ".join(selects),
        )
    )
