"""The code of a site opens that site and no other, however it is typed."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from scheduler.fieldwork.site_codes import opens, qr_svg, short_code, site_of_token, site_token

SECRET, HERE, THERE = "secret", "a" * 32, "b" * 32
CODE = short_code(SECRET, HERE)


@pytest.mark.parametrize(
    "typed",
    [CODE, CODE.lower(), CODE.replace("-", ""), f" {CODE.replace('-', ' ')} ", site_token(SECRET, HERE),
     f"http://h/field/at/{site_token(SECRET, HERE)}"],
    ids=["as printed", "small", "without hyphen", "with blanks", "token", "address"],
)  # fmt: skip
def test_code_opens_its_site_only(typed: str) -> None:
    assert opens(SECRET, HERE, typed)
    assert not opens(SECRET, THERE, typed)
    assert not opens("another secret", HERE, typed)


@pytest.mark.parametrize("typed", ["", "-", "x.y", "a" * 32 + ".", "编码", CODE[:-1]], ids=repr)
def test_anything_else_opens_nothing(typed: str) -> None:
    assert not opens(SECRET, HERE, typed)


def test_token_names_its_site_unless_it_was_altered() -> None:
    token = site_token(SECRET, HERE)
    assert site_of_token(SECRET, token) == HERE
    assert site_of_token(SECRET, token.replace(HERE, THERE)) is None
    assert site_of_token(SECRET, HERE) is None


def test_drawing_has_no_style_and_no_script() -> None:
    drawing = ET.fromstring(qr_svg("http://localhost/field/at/x"))
    assert {part.tag.rsplit("}", 1)[-1] for part in drawing.iter()} == {"svg", "path"}
    assert not any(
        "style" in part.attrib or any(name.startswith("on") for name in part.attrib) for part in drawing.iter()
    )
