"""Work of crons, record by record. Odoo repeats a person's request when another transaction gets in its
way, but no cron: this repeats the record's work."""

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


def each(records, work, message, together=False, failed=None):
    """Do `work(record)` for each of the records: one that fails is logged and holds up no other.

    Each has a transaction of its own, which is committed, so that nobody waits for the others; it is
    begun anew where another one got in its way. together: all in one transaction, for many records
    of which few change; only those that another transaction got in the way of are done again.
    message: sentence for the log, with a %s for the record. failed: called with a record whose work
    failed by itself, in a transaction of its own. Within a test, whose transaction is not to be
    committed, each has a savepoint.
    """
    is_tested = getattr(threading.current_thread(), "testing", False)
    env = records.env
    again = records
    if together or is_tested:
        again = records.browse()
        for record in records:
            try:
                with env.cr.savepoint():
                    work(record)
            except OperationalError:
                if is_tested:
                    raise
                again |= record
            except Exception:
                _logger.exception(message, record)
                if failed:
                    failed(record)
    if not is_tested:
        _commit(env)
        for record in again:
            _repeat(record, work, message, failed)


def _commit(env):
    env["base"].flush()
    env.cr.commit()
    env.clear()  # the next transaction sees what others did


def _repeat(record, work, message, failed):
    """Do one record's work in a transaction of its own, again while others get in its way."""
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
            if failed and not is_passing:
                failed(record)
                _commit(env)
            return
