"""One run over the inbox: handles waiting facts in their order."""

import logging

import psycopg2

from odoo import SUPERUSER_ID

from ..attendance.recording import PresenceRecorder
from .fact_kinds import FACTS, presence_of

_logger = logging.getLogger(__name__)

#: Facts handled in one transaction: the number handled one by one, and the number including
#: observations of calls, which are recorded many at once.
BATCH = 200
BATCH_RECORDED = 2000

#: Facts that may be handled: a fact that was set aside holds back the later ones of its chat.
_FREE = """
    FROM telegram_inbox f
    WHERE f.state = 'new' AND NOT EXISTS (
        SELECT 1 FROM telegram_inbox s
        WHERE s.state = 'set_aside' AND s.chat_id = f.chat_id AND s.id < f.id)
"""


class InboxRun:
    """Handles waiting facts, for the transaction that holds the inbox's lock. env: as superuser."""

    def __init__(self, env):
        self.env = env
        self._inbox = env["telegram.inbox"]
        #: Ids of chats with a fact that was set aside in this run.
        self._blocked = set()
        #: Ids of chats with a handled fact that the gateway waits for an answer to.
        self._answered = set()
        self._is_trouble = False

    def run(self):
        """Handle waiting facts; return {"handled": facts dealt with, "left": facts that may still
        be handled, "busy": False}."""
        self._inbox.flush()
        handled = one_by_one = 0
        waiting = self._waiting()
        while waiting and one_by_one < BATCH:
            if presence_of(waiting[0][1]):
                facts = self._take_recorded(waiting)
                if self._record(facts):
                    handled += len(facts)
                    continue
            else:
                facts = self._inbox.browse(waiting.pop(0)[0])
            for fact in facts:
                # an earlier fact failed, or has handled it
                if fact.chat_id.id not in self._blocked and fact.state == "new":
                    self._handle(fact)
                    handled += 1
                    one_by_one += 1
        self.env["telegram.chat"].browse(sorted(self._answered))._reconcile()
        if self._is_trouble:
            report_troubles(self.env)
        return {"handled": handled, "left": self._count_waiting(), "busy": False}

    def _handle(self, fact):
        """Handle one fact, and note whether its chat is blocked or answered, or has a trouble."""
        chat_id, kind = fact.chat_id.id, FACTS.get(fact.kind)
        is_handled = fact._handle()
        if not is_handled or (kind and kind.is_trouble):
            self._is_trouble = True
        if chat_id and not is_handled:
            self._blocked.add(chat_id)
        elif chat_id and kind and kind.is_answered:
            self._answered.add(chat_id)

    def _take_recorded(self, waiting):
        """Remove and return the facts at the front of `waiting` that are recorded together."""
        ids = []
        while waiting and presence_of(waiting[0][1]):
            ids.append(waiting.pop(0)[0])
        facts = self._inbox.browse(ids)
        return facts.filtered(
            lambda fact: fact.state == "new" and fact.chat_id.id not in self._blocked
        )

    def _record(self, facts):
        """Record all of these at once. Returns False, with nothing done, if one of them cannot be
        handled: then they must be handled one by one."""
        try:
            with self.env.cr.savepoint():
                PresenceRecorder(facts.with_user(SUPERUSER_ID), presence_of).record()
        except psycopg2.OperationalError:
            raise
        except Exception:
            _logger.info("%s facts are handled one by one", len(facts), exc_info=True)
            return False
        facts._mark("done")
        return True

    def _waiting(self):
        """Return [(id, kind)] of the facts to handle, in the order of insertion."""
        self.env.cr.execute(
            "SELECT f.id, f.kind" + _FREE + "ORDER BY f.id LIMIT %s", [BATCH_RECORDED]
        )
        return self.env.cr.fetchall()

    def _count_waiting(self):
        # pylint: disable=sql-injection  # `_FREE` is a constant
        self.env.cr.execute("SELECT count(*)" + _FREE)
        return self.env.cr.fetchone()[0]


def report_troubles(env):
    """Tell the administrators about troubles; an e-mail that cannot be written stops no fact."""
    try:
        with env.cr.savepoint():
            env["telegram.trouble"]._watch()
    except psycopg2.OperationalError:
        raise
    except Exception:
        _logger.exception("The administrators could not be told of troubles")
