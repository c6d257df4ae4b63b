"""`upload.*`: files in parts, up and down."""

from __future__ import annotations

from telethon.tl import functions, types

from ..dispatch import Context, handles
from ..errors import RpcError

_PAGE = 4096
_LIMIT_MOST = 1024 * 1024


@handles(functions.upload.SaveFilePartRequest)
async def save_file_part(ctx: Context, request: functions.upload.SaveFilePartRequest) -> bool:
    ctx.world.files.save_part(ctx.user.id, request.file_id, request.file_part, request.bytes)
    return True


@handles(functions.upload.GetFileRequest)
async def get_file(ctx: Context, request: functions.upload.GetFileRequest) -> types.upload.File:
    """A piece of a document; whoever was shown it has its access hash."""
    place = request.location
    if not isinstance(place, types.InputDocumentFileLocation):
        raise RpcError(400, "LOCATION_INVALID")
    document = ctx.world.files.documents.get(place.id)
    if document is None or place.access_hash != document.hash_for(ctx.user.id):
        raise RpcError(400, "LOCATION_INVALID")
    if place.file_reference != document.reference:
        raise RpcError(400, "FILE_REFERENCE_INVALID")
    offset, limit = request.offset, request.limit
    if limit <= 0 or limit % _PAGE or limit > _LIMIT_MOST or _LIMIT_MOST % limit:
        raise RpcError(400, "LIMIT_INVALID")
    if offset < 0 or offset % _PAGE:
        raise RpcError(400, "OFFSET_INVALID")
    piece = document.content[offset : offset + limit]
    kind = types.storage.FilePdf() if document.mime_type == "application/pdf" else None
    date = int(document.date.timestamp())
    return types.upload.File(kind or types.storage.FileUnknown(), date, piece)
