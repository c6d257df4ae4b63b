"""Files: parts that were uploaded, and the documents that messages carry."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from telethon.tl import types

from ..errors import RpcError

#: The data centre where everything of this Telegram is.
DC_ID = 2
PART_MOST = 512 * 1024
PARTS_MOST = 4000
FIRST_DOCUMENT = 5_000_000_000_000_001


@dataclass(eq=False, kw_only=True)
class Document:
    """A file in a message. `hash_for` gives the access hash of an account."""

    id: int
    name: str
    mime_type: str
    content: bytes
    date: datetime
    hash_for: Callable[[int], int]

    @property
    def reference(self) -> bytes:
        return self.id.to_bytes(8, "big")

    def to_tl(self, viewer_id: int) -> types.Document:
        return types.Document(
            id=self.id,
            access_hash=self.hash_for(viewer_id),
            file_reference=self.reference,
            date=self.date,
            mime_type=self.mime_type,
            size=len(self.content),
            dc_id=DC_ID,
            attributes=[types.DocumentAttributeFilename(self.name)],
        )


@dataclass(eq=False)
class Files:
    """Uploaded parts by account and file id; and all documents."""

    parts: dict[tuple[int, int], dict[int, bytes]] = field(default_factory=dict)
    documents: dict[int, Document] = field(default_factory=dict)

    def save_part(self, user_id: int, file_id: int, number: int, content: bytes) -> None:
        """Store one part. Raises Telegram's error for a part that is not valid."""
        if not 0 <= number < PARTS_MOST:
            raise RpcError(400, "FILE_PART_INVALID")
        if not content:
            raise RpcError(400, "FILE_PART_EMPTY")
        if len(content) > PART_MOST:
            raise RpcError(400, "FILE_PART_TOO_BIG")
        self.parts.setdefault((user_id, file_id), {})[number] = content

    def take(self, user_id: int, file_id: int, count: int, md5: str) -> bytes:
        """Return the whole of an uploaded file; its parts are used up. Raises FILE_PART_X_MISSING,
        FILE_PARTS_INVALID, FILE_PART_LENGTH_INVALID, MD5_CHECKSUM_INVALID."""
        if not 0 < count <= PARTS_MOST:
            raise RpcError(400, "FILE_PARTS_INVALID")
        parts = self.parts.get((user_id, file_id), {})
        for number in range(count):
            if number not in parts:
                raise RpcError(400, f"FILE_PART_{number}_MISSING")
        whole = [parts[number] for number in range(count)]
        # all but the last are of one size
        if len({len(part) for part in whole[:-1]}) > 1 or len(whole[-1]) > len(whole[0]):
            raise RpcError(400, "FILE_PART_LENGTH_INVALID")
        content = b"".join(whole)
        if md5 and hashlib.md5(content, usedforsecurity=False).hexdigest() != md5:
            raise RpcError(400, "MD5_CHECKSUM_INVALID")
        del self.parts[user_id, file_id]
        return content
