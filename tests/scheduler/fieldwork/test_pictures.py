"""Pictures keep what they show and lose what the camera wrote beside it."""

from __future__ import annotations

import struct
import zlib

import pytest

from scheduler.fieldwork.pictures import BrokenPictureError, media_type_of, without_traces

PLACE = b"GPS 31.2304N 121.4737E"


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">HH", 0xFF00 | marker, len(body) + 2) + body


def exif(orientation: int, order: str = ">") -> bytes:
    mark = b"MM" if order == ">" else b"II"
    tiff = struct.pack(f"{order}2sHIH", mark, 42, 8, 1) + struct.pack(f"{order}HHIHHI", 0x0112, 3, 1, orientation, 0, 0)
    return segment(0xE1, b"Exif\x00\x00" + tiff + PLACE)


def jpeg(*segments: bytes) -> bytes:
    return b"\xff\xd8" + b"".join(segments) + segment(0xDA, b"\x00") + b"image data\xff\xd9"


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*chunks: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + chunk(b"IEND", b"")


JFIF = segment(0xE0, b"JFIF\x00")
ADOBE = segment(0xEE, b"Adobe")
TABLES = segment(0xDB, b"tables")


def test_place_comment_and_maker_go_and_the_picture_stays() -> None:
    taken = jpeg(JFIF, exif(1), segment(0xE2, PLACE), segment(0xFE, PLACE), ADOBE, TABLES)
    assert without_traces(taken) == jpeg(JFIF, ADOBE, TABLES)


@pytest.mark.parametrize("order", [">", "<"], ids=["motorola", "intel"])
def test_way_up_is_kept_without_the_place(order: str) -> None:
    clean = without_traces(jpeg(JFIF, exif(6, order), TABLES))
    assert PLACE not in clean
    assert (
        without_traces(clean)
        == clean
        == jpeg(
            JFIF,
            exif(6)[: -len(PLACE)].replace(
                struct.pack(">H", len(exif(6)) - 2), struct.pack(">H", len(exif(6)) - 2 - len(PLACE)), 1
            ),
            TABLES,
        )
    )


def test_png_loses_text_time_and_exif() -> None:
    taken = png(chunk(b"IHDR", b"x" * 13), chunk(b"tEXt", PLACE), chunk(b"eXIf", PLACE), chunk(b"IDAT", b"pixels"))
    assert without_traces(taken) == png(chunk(b"IHDR", b"x" * 13), chunk(b"IDAT", b"pixels"))


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe1\xff\xff",
        b"\xff\xd8\xff\xe1\x00\x00" + b"x" * 9,
        b"\xff\xd8" + JFIF + b"no marker here",
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + b"\xff\xff\xff\xffIDAT",
    ],
    ids=["no_segment", "cut_off", "no_length", "no_marker", "no_chunk", "huge_chunk"],
)
def test_broken_picture_is_refused(content: bytes) -> None:
    with pytest.raises(BrokenPictureError):
        without_traces(content)


def test_only_pictures_are_pictures() -> None:
    kinds = [media_type_of(one) for one in (jpeg(), png(), b"GIF89a", b"<svg/>", b"")]
    assert kinds == ["image/jpeg", "image/png", None, None, None]
