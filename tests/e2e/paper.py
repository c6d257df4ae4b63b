"""Printed pages as a camera reads them: the PDF as pixels, the QR codes in them."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pypdfium2
import zxingcpp

_DPI = 200


def codes(pdf: bytes) -> list[list[str]]:
    """The texts of the QR codes, page by page."""
    document = pypdfium2.PdfDocument(pdf)
    pages = []
    for page in document:
        bitmap = page.render(scale=_DPI / 72, grayscale=True)
        pixels = memoryview(bitmap.buffer).cast("B", shape=[bitmap.height, bitmap.stride])
        read = zxingcpp.read_barcodes(pixels, formats=zxingcpp.BarcodeFormat.QRCode)
        pages.append([code.text for code in read])
    document.close()
    return pages


def text(pdf: bytes) -> str:
    """The text of all pages, as a reader would copy it."""
    document = pypdfium2.PdfDocument(pdf)
    pages = [page.get_textpage().get_text_bounded() for page in document]
    document.close()
    return "\n".join(pages)


def pictures(pdf: bytes, name: Path) -> list[Path]:
    """Each page as a PNG beside `name`, to be looked at."""
    document = pypdfium2.PdfDocument(pdf)
    paths = []
    for number, page in enumerate(document, 1):
        bitmap = page.render(scale=_DPI / 72 / 2, grayscale=True)
        path = name.with_name(f"{name.name}-{number}.png")
        path.write_bytes(_png(bytes(bitmap.buffer), bitmap.stride, bitmap.height))
        paths.append(path)
    document.close()
    return paths


def _png(pixels: bytes, width: int, height: int) -> bytes:
    """Gray pixels, a byte each, as a PNG."""
    rows = b"".join(b"\0" + pixels[at : at + width] for at in range(0, len(pixels), width))

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    packed = zlib.compress(rows)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )
