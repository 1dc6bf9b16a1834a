"""The QR code of a notice leads where it must: read from the printed page by another program, as a telephone would."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from scheduler.publishing.documents.issuing import Form, Office, print_notice
from scheduler.publishing.documents.notices import notice_content
from scheduler.publishing.documents.sealed import SealedVisit
from scheduler.publishing.documents.typesetting import Press, typeset
from scheduler.publishing.openings import Opening
from tests.scheduler.publishing.documents.papers import sealed_visit

BASE = "https://onedoor.example.gov.cn"
SECRET = "q" * 43
OPENING = Opening(link=f"{BASE}/open/{SECRET}", door=f"{BASE}/open", code="ABCDE FGHJK")
POINTS_PER_INCH = 72
DPI = 150
"""What a plain office printer does, or a telephone's camera sees of a page at arm's length."""


def codes_on(pdf: bytes) -> list[str]:
    """What the QR codes of all pages say, in their order."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [
            code.text
            for page in document
            for code in zxingcpp.read_barcodes(page.render(scale=DPI / POINTS_PER_INCH, grayscale=True).to_numpy())
        ]
    finally:
        document.close()


def printed(folder: Path, visit: SealedVisit, opening: Opening | None) -> bytes:
    paper = notice_content(visit, base_url=BASE, opening=opening)
    content = {"foot": "", "english": True, "duplex": False, "papers": [paper]}
    return typeset(Press(folder=folder), "notice", content)


@pytest.mark.parametrize(
    ("opening", "address"),
    [(None, f"{BASE}/my-enterprise/visits/{'a' * 32}"), (OPENING, OPENING.link)],
    ids=["page of the visit", "code that opens it"],
)
def test_printed_code_is_read_back_as_the_address(tmp_path: Path, opening: Opening | None, address: str) -> None:
    assert codes_on(printed(tmp_path, sealed_visit(), opening)) == [address]


def test_each_notice_of_a_file_has_a_code_of_its_own(tmp_path: Path) -> None:
    visits = [sealed_visit(uid=f"{number:032x}") for number in range(3)]
    papers = [notice_content(one, base_url=BASE) for one in visits]
    pdf = typeset(Press(folder=tmp_path), "notice", {"foot": "", "english": False, "duplex": False, "papers": papers})
    assert codes_on(pdf) == [f"{BASE}/my-enterprise/visits/{one.uid}" for one in visits]


def test_code_in_the_word_file_is_read_back_too(tmp_path: Path) -> None:
    office = Office(press=Press(folder=tmp_path), base_url=BASE)
    word = zipfile.ZipFile(io.BytesIO(print_notice(office, sealed_visit(), Form.DOCX)))
    pictures = [word.read(name) for name in word.namelist() if name.startswith("word/media/") and name.endswith(".png")]
    assert [_read_picture(one) for one in pictures] == [[f"{BASE}/my-enterprise/visits/{'a' * 32}"]]


def _read_picture(png: bytes) -> list[str]:
    """What the codes of a picture say, on white paper."""
    signs = np.asarray(Image.open(io.BytesIO(png)).convert("L"))
    return [code.text for code in zxingcpp.read_barcodes(np.pad(signs, 40, constant_values=255))]
