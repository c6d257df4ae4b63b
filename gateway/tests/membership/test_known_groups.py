"""A new login knows no group: the account's dialog list has their access hashes."""

from __future__ import annotations

from gateway.tests.harness.line import Line


async def test_new_login__the_list_is_read_once_for_all_groups(line: Line) -> None:
    chats = [line.chat(name) for name in ("3e A", "3e B", "3e C")]
    for chat in chats:
        await line.until(lambda chat=chat: chat.is_ready)
    await line.stop()
    # what a login misses is reckoned by the second: the groups changed in none of its own
    made_at = line.world.clock.now()
    await line.until(lambda: line.world.clock.now() > made_at)
    await line.log_in("user")
    before = line.so_far
    await line.start()
    for number, chat in enumerate(chats):
        await line.done(line.open_call(chat, key=f"lesson:{number}"))
        assert chat.call
    assert len(line.asked("messages.getDialogs", by="user", after=before)) == 1
