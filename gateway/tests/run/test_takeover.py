"""In whichever way a gateway has come to serve, it serves every group: the bot and the account are
known, whatever the client library has forgotten or was never told."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest
from telegram_gateway.database.process_name import ProcessName

from gateway.tests.harness import lessons as school_day
from gateway.tests.harness.gateway import InProcess, environ_of
from gateway.tests.harness.line import Line

#: As shipped: after the first gateway's kill, and after it has begun to stand still.
AFTER_KILL_S, AFTER_FREEZE_S = 5.0, 20.0
TAKEOVERS = 20


async def a_process(line: Line) -> None:
    """The first gateway runs as a process, that can be killed."""
    await line.stop()
    await line.start(process=True)


async def standby(line: Line, name: str) -> InProcess:
    """A gateway of this name, which has logins, stands by."""
    gateway = await line.start_beside(name)
    await line.until(
        lambda: gateway.log and line.process_row(name).get("state") == "standby",
        what=f"{name} stands by",
    )
    return gateway


async def restored_standby(line: Line, name: str) -> InProcess:
    """One with logins of its own that knows no group, and had to be started once more since it
    logged in: what its client knows comes from the stored session."""
    for kind in ("bot", "user"):
        await line.log_in(kind, name)
    first = await standby(line, name)
    await first.stop()
    return await standby(line, name)


def left_of(limit_s: float, since: float) -> float:
    return limit_s - (asyncio.get_running_loop().time() - since)


# --- taken over -------------------------------------------------------------------------------


@pytest.mark.slow
async def test_taken_over_after_a_kill__every_group_is_served_within_5_s(line: Line) -> None:
    await a_process(line)
    lessons = await school_day.begin(line, 4)
    await restored_standby(line, "gateway-2")
    later = school_day.order(line, lessons, "À l'heure dite")
    await school_day.are_done(line, later, within_s=30)
    began = asyncio.get_running_loop().time()
    await line.kill()
    waiting = school_day.order(line, lessons, "En attente")
    await school_day.are_done(line, waiting, within_s=left_of(AFTER_KILL_S, began))
    await school_day.go_on(line, lessons)
    assert all(lesson.chat.texts.count("En attente") == 1 for lesson in lessons)
    assert line.process_row("gateway-2")["state"] == "serving"


@pytest.mark.slow
async def test_taken_over_after_a_freeze__every_group_is_served_within_20_s(line: Line) -> None:
    """And the first one, when it stirs again, does nothing any more of what it had begun."""
    line.expect_errors("lane_failed")
    await line.stop()
    first = await line.start_beside("gateway-1")
    await line.until(lambda: line.process_row("gateway-1").get("state") == "serving")
    lessons = await school_day.begin(line, 4)
    await restored_standby(line, "gateway-2")
    began = asyncio.get_running_loop().time()
    waiting = school_day.order(line, lessons, "En attente")
    later = {"text": "Plus tard"}
    waiting += [line.order("send", one.chat, due_in_s=3, payload=later) for one in lessons]
    first.freeze()
    waiting += school_day.order(line, lessons, "Encore plus tard")
    await school_day.are_done(line, waiting, within_s=left_of(AFTER_FREEZE_S, began))
    lesson = lessons[0]
    await lesson.leaver.join_call()
    await line.until(lambda: school_day.told(line, "participant_joined", lesson, lesson.leaver))
    await lesson.leaver.leave_call()
    await line.until(lambda: school_day.told(line, "participant_left", lesson, lesson.leaver))
    kinds = ("observation_lost", "observation_back")  # each call is seen again in its turn
    await line.until(lambda: len({len(line.facts(kind)) for kind in kinds}) == 1)
    before = line.facts()
    first.thaw()  # all that came meanwhile it hears now
    await line.until(lambda: any(e["event"] == "lease_lost" for e in first.log))
    assert line.facts() == before
    await school_day.go_on(line, lessons)
    for text in ("En attente", "Plus tard", "Encore plus tard"):
        assert all(one.chat.texts.count(text) == 1 for one in lessons), text
    assert line.process_row("gateway-2")["state"] == "serving"


async def test_another_process_owns_the_pool__nothing_more_is_changed(line: Line) -> None:
    """Also where this one has not noticed yet, and its lease would last."""
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    async with ProcessName(line.school.gateway_url, "main", "gateway-2") as name:
        assert await name.take()
        line.school.all(
            "UPDATE telegram_lease SET process = 'gateway-2', generation = generation + 1,"
            " expires_at = expires_at + interval '1 hour'"
        )
        before = line.so_far
        waiting = line.send(chat, "En attente")
        await line.until(lambda: line.logged("lease_lost"))
        assert not line.asked("messages.sendMessage", "bot", after=before)
        assert line.outcome(waiting)["state"] == "pending"
        await line.stop()


@pytest.mark.slow
async def test_taken_over_again_and_again__every_group_is_served_each_time(line: Line) -> None:
    """A new gateway takes the place of the killed one, and stands by for the other."""
    await line.stop()
    for kind in ("bot", "user"):
        await line.log_in(kind, "gateway-2")
    serving = await line.start_beside("gateway-1")
    await line.until(lambda: line.process_row("gateway-1").get("state") == "serving")
    lessons = await school_day.begin(line, 3)
    names = ["gateway-1", "gateway-2"]
    for number in range(TAKEOVERS):
        other = await standby(line, names[1])
        began = asyncio.get_running_loop().time()
        await serving.kill()
        if number % 2:  # not more messages in a minute than Telegram takes
            invite = {"invite_id": number}
            orders = [line.order("make_link", lesson.chat, payload=invite) for lesson in lessons]
        else:
            orders = school_day.order(line, lessons, f"Relais {number}")
        await school_day.are_done(line, orders, within_s=left_of(AFTER_KILL_S, began))
        serving = other
        names.reverse()
    await school_day.go_on(line, lessons)
    for number in range(0, TAKEOVERS, 2):
        assert all(lesson.chat.texts.count(f"Relais {number}") == 1 for lesson in lessons)


# --- logged in anew ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kinds",
    [
        pytest.param(("bot",), marks=pytest.mark.slow, id="bot"),
        pytest.param(("user",), marks=pytest.mark.slow, id="user"),
        pytest.param(("bot", "user"), id="bot+user"),
    ],
)
async def test_logged_in_anew__every_group_is_served(line: Line, kinds: tuple[str, ...]) -> None:
    lessons = await school_day.begin(line, 3)
    for kind in kinds:
        await line.log_in(kind)
    waiting = school_day.order(line, lessons, "En attente")
    await school_day.are_done(line, waiting, within_s=30)
    await line.restart()  # what is known comes from the stored sessions now
    await school_day.go_on(line, lessons)


@pytest.mark.parametrize("without_hash", ["everywhere", "lookups", "acts"])
async def test_a_bot_logged_in_anew__people_are_addressed_by_their_ids(
    line: Line, without_hash: str
) -> None:
    """Where a bot may leave the access hash out nobody documents."""
    [lesson] = await school_day.begin(line, 1)
    await line.stop()
    line.world.profile = line.world.profile.but(bots_without_hash=without_hash)
    await line.log_in("bot")
    before = line.so_far
    await line.start()
    welcome = await line.done(line.send(lesson.newcomer, "Bienvenue"))
    assert welcome["state"] == "done" and line.asked("users.getUsers", "bot", after=before)
    await school_day.go_on(line, [lesson])
    assert lesson.newcomer.texts.count("Bienvenue") == 2


async def test_somebody_whom_the_bot_never_met__the_message_fails_and_nothing_else(
    line: Line,
) -> None:
    [lesson] = await school_day.begin(line, 1)
    await line.log_in("bot")
    failed = await line.done(line.send(lesson.late, "Bonjour"))
    assert (failed["state"], failed["error_code"]) == ("failed", "PEER_ID_INVALID")
    await school_day.go_on(line, [lesson])


# --- a database without logins, and another machine -------------------------------------------


async def test_restored_without_sessions__logged_in_every_group_is_served(line: Line) -> None:
    lessons = await school_day.begin(line, 3)
    await line.stop()
    line.school.all("DELETE FROM telegram_session")
    waiting = school_day.order(line, lessons, "En attente")
    await line.start(is_ready=False)
    await line.until(lambda: line.process_row().get("state") == "waiting")
    for kind in ("bot", "user"):
        await line.log_in(kind)
    await school_day.are_done(line, waiting, within_s=30)
    await school_day.go_on(line, lessons)


@pytest.mark.slow
async def test_moved_to_another_machine__it_takes_the_logins_along(line: Line) -> None:
    lessons = await school_day.begin(line, 3)
    code, output = await adopt(line, "machine-2", "--from", "gateway-1")
    assert (code, "gateway-1" in output) == (2, True)  # it runs
    await line.stop()
    waiting = school_day.order(line, lessons, "En attente")
    await line.start(is_ready=False, process_name="machine-2")
    await line.until(lambda: line.process_row("machine-2").get("state") == "waiting")
    code, output = await adopt(line, "machine-2")
    assert (code, "--from" in output, "gateway-1" in output) == (0, True, True)
    code, output = await adopt(line, "machine-2", "--from", "gateway-1")
    assert (code, "gateway-1" in output) == (0, True)
    await school_day.are_done(line, waiting, within_s=30)
    await school_day.go_on(line, lessons)
    # nobody has them twice
    assert {row["process"] for row in line.rows("telegram_session")} == {"machine-2"}


async def adopt(line: Line, process_name: str, *arguments: str) -> tuple[int, str]:
    """`telegram-gateway adopt` on the machine of that name: exit code, and what it says."""
    settings = line.settings.model_copy(update={"process_name": process_name})
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "telegram_gateway", "adopt", *arguments),
        env=environ_of(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output, _ = await program.communicate()
    assert program.returncode is not None
    return program.returncode, output.decode()


# --- what an account cannot hear of -----------------------------------------------------------


async def test_the_bot_was_put_out_meanwhile__a_new_login_says_so(line: Line) -> None:
    """It cannot know the group any more; that it was put out the account sees."""
    [lesson] = await school_day.begin(line, 1)
    await line.stop()
    group = lesson.chat.group
    assert group is not None
    del group.members[line.bot.id]  # long ago: this login hears nothing of it
    await line.log_in("bot")
    await line.start()
    await line.until(lambda: lesson.chat.state["state"] == "broken")
    assert lesson.chat.state["error_code"] == "bot_removed"


@pytest.mark.slow
async def test_the_account_cannot_hear_of_its_groups__health_says_so_and_it_asks_ever_less_often(
    line: Line,
) -> None:
    lessons = await school_day.begin(line, 2)
    await line.stop()
    line.expect_errors("faulty_request")
    refused = line.refuse("messages.getDialogs", "FOLDER_ID_INVALID", by="user")
    await line.log_in("user")
    before = line.so_far
    await line.start()
    shown = {"kind": "user", "count": 2, "names": "1e A, 2e A"}
    await line.until(
        lambda: any(
            shown.items() <= health_line["facts"].items()
            for health_line in line.health("chats_unknown")
        )
    )
    assert not line.health("chats_unseen")
    unheard = await line.until(lambda: line.logged("dialogs_refresh_failed")[1:])
    assert [entry["tries"] for entry in line.logged("dialogs_refresh_failed")] == [1, 2] and unheard
    assert len(line.asked("messages.getDialogs", "user", after=before)) == 2
    # the bot needs nothing of that
    welcome = [line.send(lesson.newcomer, "Bienvenue") for lesson in lessons]
    await school_day.are_done(line, welcome, within_s=30)
    line.allow(refused)
    await line.until(lambda: not line.health("chats_unknown"))
    await school_day.go_on(line, lessons)
