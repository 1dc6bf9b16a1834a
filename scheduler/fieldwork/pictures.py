"""What a camera writes into a picture besides the picture: taken out before anything is kept. Knows no row.

JPEG (ITU-T T.81): of the segments before the image data those for applications and comments go; what is kept of EXIF
is which way up the picture is. PNG (ISO/IEC 15948): chunks of text, time and EXIF go.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

JPEG: Final = b"\xff\xd8\xff"
PNG: Final = b"\x89PNG\r\n\x1a\n"
_EXIF: Final = b"Exif\x00\x00"
_APPLICATIONS: Final = range(0xE1, 0xF0)
_ADOBE: Final = 0xEE
"""How colours are stored; without it some pictures come out inverted."""
_COMMENT: Final = 0xFE
_IMAGE_DATA: Final = 0xDA
_ORIENTATION: Final = 0x0112
_TELLING: Final = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"})


class BrokenPictureError(ValueError):
    """The bytes begin like a picture and are none."""


def media_type_of(content: bytes) -> str | None:
    """What the bytes say they are; None for anything but JPEG and PNG."""
    if content.startswith(JPEG):
        return "image/jpeg"
    return "image/png" if content.startswith(PNG) else None


def without_traces(content: bytes) -> bytes:
    """The same picture without place, time, device or text. Raises BrokenPictureError."""
    try:
        return b"".join(_jpeg(content) if content.startswith(JPEG) else _png(content))
    except (struct.error, IndexError) as error:
        raise BrokenPictureError from error


def _jpeg(content: bytes) -> Iterator[bytes]:
    yield content[:2]
    place = 2
    while True:
        start, marker = content[place], content[place + 1]
        if start != 0xFF:
            raise BrokenPictureError
        if marker == _IMAGE_DATA:
            yield content[place:]
            return
        (length,) = struct.unpack_from(">H", content, place + 2)
        segment = content[place : place + 2 + length]
        if length < 2 or len(segment) < 2 + length:
            raise BrokenPictureError
        if marker == 0xE1 and segment[4:].startswith(_EXIF):
            yield _upright(_orientation(segment[4 + len(_EXIF) :]))
        elif marker != _COMMENT and (marker not in _APPLICATIONS or marker == _ADOBE):
            yield segment
        place += 2 + length


def _orientation(tiff: bytes) -> int:
    """Which way up, 1..8 as EXIF counts; 1 where it cannot be read."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, first)
        for number in range(min(count, 64)):
            tag, _kind, _count, value = struct.unpack_from(f"{order}HHIH", tiff, first + 2 + 12 * number)
            if tag == _ORIENTATION and 1 <= value <= 8:
                return int(value)
    except struct.error:
        return 1
    return 1


def _upright(orientation: int) -> bytes:
    """A segment that says which way up the picture is and nothing else; none for one that is upright."""
    if orientation == 1:
        return b""
    tiff = struct.pack(">2sHIH", b"MM", 42, 8, 1) + struct.pack(">HHIHHI", _ORIENTATION, 3, 1, orientation, 0, 0)
    body = _EXIF + tiff
    return struct.pack(">HH", 0xFFE1, len(body) + 2) + body


def _png(content: bytes) -> Iterator[bytes]:
    yield PNG
    place = len(PNG)
    while place < len(content):
        (length,) = struct.unpack_from(">I", content, place)
        chunk, kind = content[place : place + 12 + length], content[place + 4 : place + 8]
        if len(chunk) < 12 + length:
            raise BrokenPictureError
        if kind not in _TELLING:
            yield chunk
        if kind == b"IEND":
            return
        place += 12 + length
    raise BrokenPictureError
