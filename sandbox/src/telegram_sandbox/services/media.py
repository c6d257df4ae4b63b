"""`messages.sendMedia`: a document with words below it."""

from __future__ import annotations

from telethon.tl import functions, types

from ..dispatch import Context, handles
from ..errors import RpcError
from ..world import messaging
from ..world.files import FIRST_DOCUMENT, Document
from .messages import check_new, check_not_scheduled, deliver


@handles(functions.messages.SendMediaRequest)
async def send_media(ctx: Context, request: functions.messages.SendMediaRequest) -> types.Updates:
    media = request.media
    is_document = isinstance(media, types.InputMediaUploadedDocument)
    if not is_document or not isinstance(media.file, types.InputFile):
        raise RpcError(400, "MEDIA_INVALID")
    caption = messaging.checked_caption(request.message)
    check_not_scheduled(ctx, request)
    check_new(ctx, request.random_id)

    def document() -> Document:
        """Made once the chat is known to take it."""
        content = ctx.world.files.take(
            ctx.user.id, media.file.id, media.file.parts, media.file.md5_checksum
        )
        names = [a for a in media.attributes if isinstance(a, types.DocumentAttributeFilename)]
        number = FIRST_DOCUMENT + len(ctx.world.files.documents)
        made = Document(
            id=number,
            name=names[0].file_name if names else media.file.name,
            mime_type=media.mime_type,
            content=content,
            date=ctx.world.clock.now(),
            hash_for=lambda viewer: ctx.world.access_hash(viewer, "document", number),
        )
        ctx.world.files.documents[number] = made
        return made

    message = deliver(ctx, request, caption, document)
    own = ctx.take_own()
    return ctx.updates(types.UpdateMessageID(message.id, request.random_id), *own)
