"""Files: uploaded in parts, sent by bots and people, downloaded by who was shown them."""

from __future__ import annotations

import pytest
from telethon import errors
from telethon.tl import functions, types

from .conftest import Phone, Stage, seen_by

CONTENT = bytes(range(256)) * 1200  # three parts


def media(file: object, mime_type: str = "application/pdf") -> types.InputMediaUploadedDocument:
    name = types.DocumentAttributeFilename("Fiche de présence.pdf")
    return types.InputMediaUploadedDocument(file, mime_type, [name])


async def send(phone: Phone, peer: object, file: object, caption: str, random_id: int) -> object:
    return await phone(
        functions.messages.SendMediaRequest(peer, media(file), caption, random_id=random_id)
    )


async def test_document__is_downloaded_as_it_was_sent(stage: Stage) -> None:
    ada, zoe = await stage.phone("Ada"), await stage.phone("Zoe")
    group = await stage.group(ada)
    await stage.add(ada, group, zoe)
    await send(ada, group, await ada.client.upload_file(CONTENT, file_name="x"), "words", 1)
    seen = (await zoe.client.get_messages(await seen_by(zoe, group)))[0]
    assert seen.message == "words"
    assert (seen.file.name, seen.file.mime_type) == ("Fiche de présence.pdf", "application/pdf")
    assert await zoe.client.download_media(seen, bytes) == CONTENT


async def test_document__is_sent_by_a_bot_to_who_started_it(stage: Stage) -> None:
    ada, bot = await stage.phone("Ada"), await stage.bot("Bot")
    await ada.client.send_message(bot.user.username, "/start")
    peer = await bot.client.get_input_entity(types.PeerUser(ada.user.id))
    await send(bot, peer, await bot.client.upload_file(b"%PDF-", file_name="x"), "", 1)
    seen = (await ada.client.get_messages(bot.user.username))[0]
    assert await ada.client.download_media(seen, bytes) == b"%PDF-"


async def test_refusals(stage: Stage) -> None:
    ada = await stage.phone("Ada")
    group = await stage.group(ada)
    with pytest.raises(errors.FilePart0MissingError):
        await send(ada, group, types.InputFile(7, 1, "x", ""), "", 1)
    await ada(functions.upload.SaveFilePartRequest(7, 0, b"abc"))
    with pytest.raises(errors.MediaCaptionTooLongError):
        await send(ada, group, types.InputFile(7, 1, "x", ""), "x" * 1025, 2)
    with pytest.raises(errors.Md5ChecksumInvalidError):
        await send(ada, group, types.InputFile(7, 1, "x", "0" * 32), "", 3)
    with pytest.raises(errors.FilePartInvalidError):
        await ada(functions.upload.SaveFilePartRequest(7, 4000, b"abc"))
    with pytest.raises(errors.FilePartEmptyError):
        await ada(functions.upload.SaveFilePartRequest(7, 1, b""))
    with pytest.raises(errors.MediaInvalidError):
        nothing = types.InputMediaEmpty()
        await ada(functions.messages.SendMediaRequest(group, nothing, "", random_id=4))
    # refused calls used nothing up
    await send(ada, group, types.InputFile(7, 1, "x", ""), "", 5)


async def test_access_hash__is_another_for_everybody(stage: Stage) -> None:
    ada, zoe = await stage.phone("Ada"), await stage.phone("Zoe")
    group = await stage.group(ada)
    await send(ada, group, await ada.client.upload_file(b"abc", file_name="x"), "", 1)
    document = (await ada.client.get_messages(group))[0].document
    place = types.InputDocumentFileLocation(
        document.id, document.access_hash, document.file_reference, ""
    )
    with pytest.raises(errors.LocationInvalidError):
        await zoe(functions.upload.GetFileRequest(place, 0, 4096))
    with pytest.raises(errors.LimitInvalidError):
        await ada(functions.upload.GetFileRequest(place, 0, 5000))
    part = await ada(functions.upload.GetFileRequest(place, 0, 4096))
    assert part.bytes == b"abc"


async def test_docs_forbidden__leaves_texts(stage: Stage) -> None:
    ada, zoe = await stage.phone("Ada"), await stage.phone("Zoe")
    group = await stage.group(ada)
    await stage.add(ada, group, zoe)
    rights = types.ChatBannedRights(until_date=None, send_docs=True)
    await ada(functions.messages.EditChatDefaultBannedRightsRequest(group, rights))
    peer = await seen_by(zoe, group)
    file = await zoe.client.upload_file(b"abc", file_name="x")
    with pytest.raises(errors.ForbiddenError, match="CHAT_SEND_DOCS_FORBIDDEN"):
        await send(zoe, peer, file, "", 1)
    assert await zoe.client.send_message(peer, "words")
