"""A script as Telethon's documentation teaches it: nothing in it knows of a sandbox but the
address.

Login with a code, a new channel, an invitation, messages, participants, events, and the server
dropping the connection in between.
"""

from __future__ import annotations

from telethon import TelegramClient, events
from telethon.sessions import StringSession
from telethon.tl.functions.channels import CreateChannelRequest, InviteToChannelRequest

from telegram_sandbox import Sandbox

from .conftest import eventually


async def test_documented_script__works_unchanged(sandbox: Sandbox) -> None:
    sandbox.world.add_user("Ada", "Lovelace", phone="+33639980001", username="ada")
    sandbox.world.add_user("Bob", "Durand", phone="+33639980002", username="bob")
    clients = []
    for phone in ("+33639980001", "+33639980002"):
        client: TelegramClient = sandbox.client(session=StringSession(), retry_delay=1)
        clients.append(client)
        await client.start(
            phone=phone, code_callback=lambda p=phone: sandbox.world.login_codes[p.lstrip("+")]
        )
    ada, bob = clients
    assert (await ada.get_me()).first_name == "Ada"

    heard: list[str] = []
    actions: list[str] = []
    answers: list[str] = []

    @bob.on(events.NewMessage(pattern="(?i)hello"))
    async def on_hello(event: events.NewMessage.Event) -> None:
        heard.append(event.raw_text)
        await event.reply("Hi!")

    @ada.on(events.NewMessage(incoming=True))
    async def on_answer(event: events.NewMessage.Event) -> None:
        answers.append(event.raw_text)

    @bob.on(events.ChatAction)
    async def on_action(event: events.ChatAction.Event) -> None:
        actions.append("added" if event.user_added else "title" if event.new_title else "other")

    created = await ada(CreateChannelRequest("Algebra", "Numbers", megagroup=True))
    group = created.chats[0]
    await ada(InviteToChannelRequest(group, ["bob"]))
    await eventually(lambda: "added" in actions)
    await ada.send_message(group, "Hello, **everybody**!")
    await eventually(lambda: heard == ["Hello, everybody!"])

    people = [user.first_name async for user in ada.iter_participants(group)]
    assert sorted(people) == ["Ada", "Bob"]

    await eventually(lambda: "Hi!" in answers)
    assert [m.text async for m in ada.iter_messages(group, from_user="bob")] == ["Hi!"]

    assert sandbox.server.drop() == 2
    await bob.get_me()  # is back
    await ada.send_message(group, "hello again")
    await eventually(lambda: heard[-1] == "hello again")
    await ada.edit_message(group, await ada.send_message(group, "x"), "y")
    newest = (await ada.get_messages(group, limit=1))[0]
    assert newest.text == "y"
    await ada.delete_messages(group, newest)
    assert [d.name async for d in bob.iter_dialogs()] == ["Algebra"]
    assert await ada.get_permissions(group, "me")
    await ada.send_message("bob", "in private")
    assert (await bob.get_messages("ada", limit=1))[0].text == "in private"
    await bob.log_out()
    sandbox.check()
