"""The table of commands, beside Odoo's columns: defaults, rights, indexes, a trigger."""

from ... import database

#: Columns that the gateway may write: the outcome, never the command.
OUTCOME = [
    "state",
    "state_at",
    "attempts",
    "worker",
    "result",
    "error_code",
    "error",
    "again_at",
]


def prepare_outbox(cr, table):
    """Prepare the table, at each installation and upgrade; it can be repeated without harm."""
    database.set_defaults(
        cr,
        table,
        {
            "payload": "'{}'",
            "due_at": database.NOW,
            "priority": "50",
            "state": "'pending'",
            "attempts": "0",
        },
    )
    database.grant(cr, table, "SELECT", {"UPDATE": OUTCOME})
    database.create_index(
        cr,
        "telegram_outbox_waiting",
        table,
        "pool, due_at, priority, id",
        where="state IN ('pending', 'working')",
    )
    # the commands of one lesson, one person, one group: those whose key begins so
    database.create_index(
        cr,
        "telegram_outbox_key_prefix",
        table,
        "key varchar_pattern_ops",
        where="key IS NOT NULL",
    )
    # the wizard looks its own up every second
    database.create_index(cr, "telegram_outbox_login", table, "id", where="kind = 'login'")
    database.create_index(
        cr,
        "telegram_outbox_not_done",
        table,
        "state_at",
        where="state IN ('failed', 'expired')",
    )
    database.create_index(cr, "telegram_outbox_check", table, "id", where="key LIKE 'check:%'")
    database.create_index(
        cr,
        "telegram_outbox_private",
        table,
        "tg_user_id, id",
        where="tg_user_id IS NOT NULL",
    )
    # what waits for one group
    database.create_index(
        cr,
        "telegram_outbox_waiting_chat",
        table,
        "chat_id, kind",
        where="state IN ('pending', 'working')",
    )
    # the gateway's: what was sent lately, and the last message of the bot in private
    database.create_index(
        cr,
        "telegram_outbox_sent",
        table,
        "pool, state_at",
        where="kind = 'send' AND state = 'done'",
    )
    database.create_index(
        cr,
        "telegram_outbox_sent_private",
        table,
        "pool, id",
        where="kind = 'send' AND state = 'done' AND chat_id IS NULL",
    )
    # Sent at commit, gone with a rollback; several in one transaction arrive as one. The
    # gateway's own updates (claims, outcomes) wake nobody.
    cr.execute(
        """
        CREATE OR REPLACE FUNCTION telegram_outbox_notify() RETURNS trigger
        LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                PERFORM pg_notify('telegram_outbox', '');
            ELSIF EXISTS (SELECT 1 FROM changed WHERE state = 'pending') THEN
                PERFORM pg_notify('telegram_outbox', '');
            END IF;
            RETURN NULL;
        END $$;
        DROP TRIGGER IF EXISTS telegram_outbox_inserted ON telegram_outbox;
        CREATE TRIGGER telegram_outbox_inserted AFTER INSERT ON telegram_outbox
            FOR EACH STATEMENT EXECUTE PROCEDURE telegram_outbox_notify();
        DROP TRIGGER IF EXISTS telegram_outbox_revived ON telegram_outbox;
        CREATE TRIGGER telegram_outbox_revived AFTER UPDATE ON telegram_outbox
            REFERENCING NEW TABLE AS changed
            FOR EACH STATEMENT EXECUTE PROCEDURE telegram_outbox_notify();
        """
    )
