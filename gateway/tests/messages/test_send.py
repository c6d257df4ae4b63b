"""A message goes out once, to a group or to one person, whatever becomes of its first try."""

from __future__ import annotations

import base64

import pytest
from telegram_gateway.messages.send import find_sent

from gateway.tests.harness.line import Line

assert find_sent  # used where a command is over: see run/dispatch.py


async def test_to_a_person__with_buttons_and_edited_later(line: Line) -> None:
    amina = await line.person("Amina")
    await amina.start_bot(f"https://t.me/{line.bot.username}?start=hello")
    row = [{"text": "Oui", "data": "yes"}, {"text": "École", "url": "https://school.example"}]
    sent = await line.done(line.send(amina, "<b>Viendras-tu ?</b>", buttons=[row]))
    assert sent["state"] == "done"
    await line.until(lambda: "Viendras-tu ?" in amina.texts)
    message_id = sent["result"]["message_id"]
    row = [{"text": "☑ Oui", "data": "no"}]
    edited = await line.done(line.send(amina, "Merci", edits=message_id, buttons=[row]))
    assert edited["result"] == {"message_id": message_id}
    await line.until(lambda: "Merci" in amina.texts)
    assert "Viendras-tu ?" not in amina.texts
    [shown] = [message for message in amina.messages if message.id == message_id]
    assert [[button.text for button in line_] for line_ in shown.buttons] == [["☑ Oui"]]


async def test_to_a_group__a_file_that_telegram_refuses_is_left_out(line: Line) -> None:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    line.refuse("messages.sendMedia", "FILE_PARTS_INVALID")
    with line.school.odoo.transaction():
        command = line.send(chat, "Le compte rendu", attachment="report.pdf")
        line.school.insert(
            "telegram_attachment",
            chat_id=chat.id,
            res_model="small_school.lesson",
            res_id=1,
            key=f"file:{command}",
            command_id=command,
            name="report.pdf",
            mimetype="application/pdf",
            content=base64.b64encode(b"%PDF"),
        )
    sent = await line.done(command)
    assert sent["result"]["attachment"] == "FILE_PARTS_INVALID"
    assert chat.texts.count("Le compte rendu") == 1
    await line.until(lambda: line.rows("telegram_attachment") == [])


async def test_what_cannot_be_sent__says_why(line: Line) -> None:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    nobody = line.order("send", payload={"text": "À qui ?"})
    empty = line.order("send", chat, payload={})
    codes = [(await line.done(command))["error_code"] for command in (nobody, empty)]
    assert codes == ["not_linked", "bad_payload"]


@pytest.mark.parametrize("to_group", [True, pytest.param(False, marks=pytest.mark.slow)])
async def test_killed_after_it_went_out__not_sent_again(line: Line, to_group: bool) -> None:
    """Telegram may not know the repeat: then the message itself is found in the chat."""
    line.world.profile = line.world.profile.but(random_id_window_s=0)
    chat = line.chat("3e A")
    amina = await line.person("Amina", chat)
    await line.until(lambda: chat.is_ready)
    await amina.come_in(chat)
    await amina.start_bot(f"https://t.me/{line.bot.username}?start=hello")
    await line.until(lambda: line.facts("bot_message"))
    await line.stop()
    await line.start(process=True, crash_at="message_sent")
    command = line.send(chat if to_group else amina, "Une seule fois")
    await line.until(lambda: not line.is_running)
    await line.kill()
    await line.start()
    sent = await line.done(command)
    assert sent["state"] == "done" and sent["result"]["message_id"]
    assert len(line.asked("messages.sendMessage", "bot")) == 1
    if to_group:
        assert chat.texts.count("Une seule fois") == 1
    else:
        assert amina.texts.count("Une seule fois") == 1


async def test_names_that_look_like_tags__shown_as_they_are(line: Line) -> None:
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    text = "<b>Bienvenue</b> à \u2068&lt;b&gt;&amp;_*\u2069 et \u2068أمينة بن علي\u2069"
    assert (await line.done(line.send(chat, text)))["state"] == "done"
    assert chat.texts[-1] == "Bienvenue à \u2068<b>&_*\u2069 et \u2068أمينة بن علي\u2069"


@pytest.mark.slow
async def test_killed_after_it_went_out__its_time_is_over__done_all_the_same(line: Line) -> None:
    """A reminder of a lesson that has begun meanwhile: it is not sent again, nor called expired."""
    chat = line.chat("3e A")
    await line.until(lambda: chat.is_ready)
    await line.stop()
    await line.start(process=True, crash_at="message_sent")
    command = line.order("send", chat, payload={"text": "Rappel"}, expires_in_s=60)
    await line.until(lambda: not line.is_running)
    await line.kill()
    line.school.all("UPDATE telegram_outbox SET expires_at = due_at WHERE id = %s", command)
    await line.start()
    sent = await line.done(command)
    assert (sent["state"], "message_id" in sent["result"]) == ("done", True)
    assert chat.texts.count("Rappel") == 1
