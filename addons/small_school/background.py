"""The work of crons on many records. Odoo repeats a request after a conflict with another
transaction, but not the run of a cron: here such work is repeated in the same way."""

import logging
import random
import threading
import time

from psycopg2 import OperationalError

from odoo.service.model import (
    MAX_TRIES_ON_CONCURRENCY_FAILURE,
    PG_CONCURRENCY_ERRORS_TO_RETRY,
)

_logger = logging.getLogger(__name__)


def for_each(records, work, message):
    """Do `work(record)` for each of the records; a failure is logged and does not stop the others.

    Each record has a transaction of its own, which is committed, so that nobody waits for the
    others; it is repeated after a conflict with another transaction. Within a test, whose
    transaction must not be committed, each has a savepoint. message: the sentence for the log, with
    a %s for the record.
    """
    is_tested = getattr(threading.current_thread(), "testing", False)
    if not is_tested:
        _commit(records.env)
    for record in records:
        if is_tested:
            _try(record, work, message)
        else:
            _repeat(record, work, message)


def _commit(env):
    env["base"].flush()
    env.cr.commit()
    env.clear()  # the next transaction sees what others did


def _try(record, work, message):
    """Do one record's work in a savepoint; a failure is logged. Raises OperationalError."""
    try:
        with record.env.cr.savepoint():
            work(record)
    except OperationalError:
        raise
    except Exception:
        _logger.exception(message, record)


def _repeat(record, work, message):
    """Do one record's work in a transaction of its own, again after each conflict; a failure is
    logged."""
    env = record.env
    for tries in range(1, MAX_TRIES_ON_CONCURRENCY_FAILURE + 1):
        try:
            work(record)
            _commit(env)
            return
        except Exception as error:
            env.cr.rollback()
            env.clear()
            is_passing = (
                isinstance(error, OperationalError)
                and error.pgcode in PG_CONCURRENCY_ERRORS_TO_RETRY
            )
            if is_passing and tries < MAX_TRIES_ON_CONCURRENCY_FAILURE:
                time.sleep(random.uniform(0, 0.1 * 2**tries))
                continue
            _logger.exception(message, record)
            return
