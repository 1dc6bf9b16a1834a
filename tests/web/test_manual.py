"""The manual: one page a role, both languages, and every picture is there and small."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from data.enums import Role
from tests.web.conftest import As
from web.words.manual import MANUAL

PICTURES = Path(__file__).resolve().parents[2] / "web" / "static" / "manual"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LARGEST = 150 * 1024


def test_every_role_of_the_brief_has_a_page() -> None:
    assert set(MANUAL) == set(Role)


@pytest.mark.parametrize("role", sorted(MANUAL))
def test_page_has_every_section_and_its_pictures(browse_as: As, role: str) -> None:
    text = browse_as(Role.CLERK).get(f"/help/for/{role}").text
    for section in MANUAL[role]:
        assert section.heading[0] in text
        if section.picture:
            assert f"/static/manual/{section.picture}.png" in text


def test_words_are_there_in_both_languages() -> None:
    for section in {section for sections in MANUAL.values() for section in sections}:
        for chinese, english in (section.heading, section.text):
            assert CHINESE.search(chinese)
            assert english
            assert not CHINESE.search(english)


def test_pictures_are_small_and_none_is_left_over() -> None:
    used = {section.picture for sections in MANUAL.values() for section in sections if section.picture}
    files = {file.stem: file.stat().st_size for file in PICTURES.glob("*.png")}
    assert set(files) == used
    assert max(files.values()) < LARGEST


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_help_opens_at_the_readers_own_page(browse_as: As, role: Role) -> None:
    assert 'aria-current="page"' in browse_as(role).get("/help").text


def test_unknown_role_is_not_found(browse_as: As) -> None:
    assert browse_as(Role.CLERK).get("/help/for/nobody").status_code == 404
