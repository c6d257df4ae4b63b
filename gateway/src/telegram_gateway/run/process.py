"""A process and its life: it takes its name, waits for accounts, and serves or stands by. Only the
tables last; everything in memory is rebuilt from them at the start."""

from __future__ import annotations

import asyncio
import contextlib
import signal

import structlog

from telegram_gateway.accounts import Accounts
from telegram_gateway.database import accounts as stored
from telegram_gateway.database import logins
from telegram_gateway.database.connection import CUT_OFF_WAIT_S, Database
from telegram_gateway.database.doorbell import Doorbell
from telegram_gateway.database.lease import Lease
from telegram_gateway.database.process_name import ProcessName
from telegram_gateway.errors import GatewayError, LeaseLost, UpgradeInProgress
from telegram_gateway.identity.desk import Desk
from telegram_gateway.pool import Pool
from telegram_gateway.run.reconnect import UNREACHABLE, ReconnectPolicy, as_gateway_error
from telegram_gateway.run.service import Service
from telegram_gateway.run.standby import wait_for_lease
from telegram_gateway.run.waiting import first_of
from telegram_gateway.settings import Settings
from telegram_gateway.telegram.errors import TelegramError

log = structlog.get_logger(__name__)
_AGAIN_S = 5.0  # after an upgrade, or a lost lease
_NAME_AGAIN_S = 2.0  # while another process has our name
_NAME_LOGGED_EVERY_S = 60.0
#: Without these accounts nothing can be done but wait until a person has logged in: the error's
#: code, and the process's state while it waits.
_WAITS_FOR_PEOPLE = {
    "no_account": "waiting",
    "account_lost": "waiting",
    "api_missing": "waiting",
    "database_copied": "copied",
}


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Waits out upgrades and lost databases, and for accounts.

    Raises GatewayError where a person has to act on this machine (wrong key, no network).
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await serve(settings, stop)


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Serve until `stop` is set; waits and raises as `run` does."""
    policy = ReconnectPolicy(settings.connect_every_s)
    while not stop.is_set():
        try:
            await _with_database(settings, stop, policy)
        except (UpgradeInProgress, LeaseLost) as error:
            wait_s = _AGAIN_S
            log.warning(error.code, **error.facts)
        except GatewayError as error:
            if not error.code.startswith("database_"):
                raise
            wait_s = CUT_OFF_WAIT_S
            log.warning(error.code, **error.facts)
        else:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), wait_s)


async def _with_database(settings: Settings, stop: asyncio.Event, policy: ReconnectPolicy) -> None:
    """Work with one connection to the database, under our name, until told to stop. Raises
    GatewayError."""
    database = await Database.open(settings.database_url.get_secret_value())
    name = ProcessName(database.dsn, settings.pool, settings.process_name)
    sessions = (settings.pool, settings.process_name, settings.session_key_bytes)
    try:
        await stored.check_key(database, *sessions)  # report a wrong key at once, not after a wait
        if not await _take_name(settings, database, name, stop):
            return
        desk = await Desk.open(settings, database, name)
        try:
            # what ended it before may have been an error: then it is not too soon either
            await first_of(stop, desk.changed, within_s=policy.wait_s)
            while not stop.is_set():
                await desk.use_logins()
                policy.started()
                error = await _try(settings, database, desk, stop, policy)
                if error is None:
                    continue  # there are other logins, or it is over
                state = _WAITS_FOR_PEOPLE.get(error.code)
                policy.failed(error)
                if state is not None:
                    await desk.set_state(state)
                    await first_of(stop, desk.changed)
                else:
                    await desk.set_state("unreachable" if error.code == UNREACHABLE else "starting")
                    await first_of(stop, desk.changed, within_s=policy.wait_s)
        finally:
            await desk.close()
    finally:
        await name.release()
        await database.close()


async def _take_name(
    settings: Settings, database: Database, name: ProcessName, stop: asyncio.Event
) -> bool:
    """Wait until no other process of this name runs: both would use the same logins, and Telegram
    would end these for good. Logs that it waits, and notes it for Odoo. Return False if the process
    was told to stop."""
    logged_at = -_NAME_LOGGED_EVERY_S
    loop = asyncio.get_running_loop()
    while not await name.take():
        if loop.time() >= logged_at + _NAME_LOGGED_EVERY_S:
            logged_at = loop.time()
            log.error("name_taken", process=settings.process_name, pool=settings.pool)
        await logins.mark_name_taken(database, settings.pool, settings.process_name)
        await first_of(stop, within_s=_NAME_AGAIN_S)
        if stop.is_set():
            return False
    return True


async def _try(
    settings: Settings,
    database: Database,
    desk: Desk,
    stop: asyncio.Event,
    policy: ReconnectPolicy,
) -> GatewayError | None:
    """Work until told to stop or until there are other logins: None. If it is impossible to work
    with Telegram, return the reason. Raises GatewayError for the rest."""
    try:
        await _work(settings, database, desk, stop, policy)
    except GatewayError as error:
        if error.code not in _WAITS_FOR_PEOPLE and error.code != UNREACHABLE:
            raise
        return error
    except TelegramError as error:
        return as_gateway_error(error)
    except Exception as error:  # a fault of ours: no reason to leave the school without a gateway
        log.exception("service_failed")
        return as_gateway_error(error)
    return None


async def _work(
    settings: Settings,
    database: Database,
    desk: Desk,
    stop: asyncio.Event,
    policy: ReconnectPolicy,
) -> None:
    """Connect, take the pool's lease and serve, until told to stop or until there are other logins.
    Raises what ended it."""
    # connected before the lease is ours: a standby's sessions must not expire
    accounts = await Accounts.connect(settings, database, policy.lines, is_anew=policy.is_anew)
    keeps_lease = False
    service: Service | None = None
    lease = Lease(database, settings.pool, settings.process_name, settings.lease_s)
    hung_up = asyncio.Event()  # or Telegram accepts a login no more
    accounts.watch(lambda _kind, _code: hung_up.set())
    lines = asyncio.create_task(accounts.hung_up())
    lines.add_done_callback(lambda _task: hung_up.set())
    desk.user = accounts.user

    async def is_ended(within_s: float) -> bool:
        await first_of(stop, desk.changed, hung_up, within_s=within_s)
        return stop.is_set() or desk.changed.is_set()

    try:
        if not (accounts.are_answering and await lease.take()):
            log.info("standing_by")
            await desk.set_state("standby")
            policy.succeeded()
            if not await wait_for_lease(lease, accounts, is_ended):
                return
            lease.unfinished = None  # these clients were told of more than was done
        database.fence = lease.fence
        await desk.set_state("serving")
        policy.succeeded()
        pool = Pool(settings, database, accounts, lease, Doorbell(settings))
        accounts.gate(pool.may_request)
        service = Service(pool)
        try:
            await service.serve(stop, desk.changed, hung_up)
        finally:
            await service.end()
    except Exception as error:
        reason = accounts.why(error)
        keeps_lease = policy.keeps_lease(reason)
        if reason is error:
            raise
        raise reason from error
    finally:
        lines.cancel()
        desk.user = None
        database.fence = None
        with contextlib.suppress(GatewayError, OSError, TimeoutError):
            await accounts.disconnect(is_owner=lease.generation is not None)
            if not keeps_lease:
                await lease.release(service.unfinished if service is not None else None)
