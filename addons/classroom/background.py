"""Work of crons on many records. Odoo repeats a request that another transaction got in the way
of, but no cron: here such work is repeated in the same way."""

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
    """Do `work(record)` for each of the records; one that fails is logged and holds up no other.

    Each has a transaction of its own, which is committed, so that nobody waits for the others; it
    is repeated where another one got in its way. Within a test, whose transaction must not be
    committed, each has a savepoint. message: the sentence for the log, with a %s for the record.
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
    try:
        with record.env.cr.savepoint():
            work(record)
    except OperationalError:
        raise
    except Exception:
        _logger.exception(message, record)


def _repeat(record, work, message):
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
