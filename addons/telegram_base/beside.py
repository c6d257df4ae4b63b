"""The work of crons, record by record. Odoo repeats a person's request after a conflict with
another transaction, but not the run of a cron: this repeats the record's work."""

import logging
import random
import threading
import time

from psycopg2 import OperationalError

from odoo.service.model import (
    MAX_TRIES_ON_CONCURRENCY_FAILURE,
    PG_CONCURRENCY_ERRORS_TO_RETRY,
)

#: Records whose work is committed together.
SLICE = 100

_logger = logging.getLogger(__name__)


def each(records, work, message, together=False, failed=None):
    """Do `work(record)` for each of the records; a failure is logged and does not stop the others.

    Each record has a transaction of its own, which is committed, so that nobody waits for the
    others; after a conflict with another transaction it is done again. together: `SLICE` of them in
    one transaction, for many records of which few change; only those with a conflict are repeated.
    message: sentence for the log, with a %s for the record. failed: called with a record whose work
    failed by itself, in a transaction of its own. Within a test, whose transaction must not be
    committed, each has a savepoint.
    """
    if getattr(threading.current_thread(), "testing", False):
        _together(records, work, message, failed, is_tested=True)
        return
    if not together:
        commit(records.env)
        for record in records:
            _repeat(record, work, message, failed)
    for part in slices(records) if together else ():
        again = _together(part, work, message, failed)
        commit(records.env)
        for record in again:
            _repeat(record, work, message, failed)


def slices(records):
    """The records in parts of at most `SLICE`: each reads its own in one go, and no others."""
    return [
        records.browse(records.ids[first : first + SLICE])
        for first in range(0, len(records), SLICE)
    ]


def _together(records, work, message, failed, is_tested=False):
    """Do the records' work, each in a savepoint. Returns those that are to be done again."""
    again = records.browse()
    for record in records:
        try:
            with records.env.cr.savepoint():
                work(record)
        except OperationalError:
            if is_tested:
                raise
            again |= record
        except Exception:
            _logger.exception(message, record)
            if failed:
                failed(record)
    return again


def commit(env):
    """End a part of a cron's work, so that nobody waits for the others; not within a test."""
    if getattr(threading.current_thread(), "testing", False):
        return
    env["base"].flush()
    env.cr.commit()
    env.clear()  # the next transaction sees what others did


def _repeat(record, work, message, failed):
    """Do one record's work in a transaction of its own, again after each conflict."""
    env = record.env
    for tries in range(1, MAX_TRIES_ON_CONCURRENCY_FAILURE + 1):
        try:
            work(record)
            commit(env)
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
                commit(env)
            return
