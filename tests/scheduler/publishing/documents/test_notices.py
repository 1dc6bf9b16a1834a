"""The notice tells everything that R65 asks for; read back from the printed page and from the Word file."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import docx
import pytest
from lxml import etree
from pypdf import PdfReader

from data.models import Release
from scheduler.publishing.documents.desk_papers import approval_content, brief_content
from scheduler.publishing.documents.field_papers import checklist_content, roster_content
from scheduler.publishing.documents.issuing import Form, Office, print_notice
from scheduler.publishing.documents.notices import notice_content, word_notice_content
from scheduler.publishing.documents.sealed import SealedVisit
from scheduler.publishing.documents.sheet_words import PaperLanguage
from scheduler.publishing.documents.typesetting import Press, TemplateError, typeset, write_originals
from scheduler.publishing.documents.word import fill
from scheduler.publishing.documents.wording import BANS, BANS_EN, RIGHTS
from tests.factories import NOW
from tests.scheduler.publishing.documents.papers import sealed_visit

BASE = "https://onedoor.test"
HOSTILE = '甲<script>&\r\n#panic("x") {{ 7*7 }} \\ $x$ *粗* _斜_ @引 [用] \u202e公司\u202c\x00'


def office(folder: Path) -> Office:
    return Office(press=Press(folder=folder), base_url=BASE)


def text_of(pdf: bytes) -> str:
    return re.sub(r"\s", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


def words_of(word: bytes) -> str:
    document = docx.Document(io.BytesIO(word))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return re.sub(r"\s", "", "".join([one.text for one in document.paragraphs] + cells))


def wanted(visit: SealedVisit) -> list[str]:
    """What R65 asks a notice to tell."""
    public = visit.public
    return [
        "联合检查通知书", visit.number, public["enterprise"], "2026年3月12日（星期四）09:00至10:30", public["address"],
        *(item["text"] for item in public["items"]), *(item["basis"] for item in public["items"]),
        *(one["certificate"] for one in public["officers"]), *(one["name"] for one in public["officers"]),
        "2026年已接受入企检查3次", "年度上限", "2次", "回避", "陈述意见、进行申辩", "行政复议", "0515-1234567",
        *BANS, *RIGHTS,
    ]  # fmt: skip


@pytest.mark.parametrize("form", list(Form), ids=str)
def test_notice_tells_what_r65_asks_for(tmp_path: Path, form: Form) -> None:
    visit = sealed_visit()
    printed = print_notice(office(tmp_path), visit, form)
    text = text_of(printed) if form is Form.PDF else words_of(printed)
    assert [one for one in wanted(visit) if re.sub(r"\s", "", one) not in text] == []


@pytest.mark.parametrize(
    ("given", "chinese", "english"),
    [
        (("", ""), ("见发文机关", "见发文机关公开电话"), "the department itself, its public number"),
        (("李四", ""), ("李四", "见发文机关公开电话"), "李四, its public number"),
        (("", "0000-00000001"), ("见发文机关", "0000-00000001"), "the department itself, 0000-00000001"),
    ],
    ids=["nobody", "no-telephone", "no-name"],
)
@pytest.mark.parametrize("form", list(Form), ids=str)
def test_notice_has_no_empty_cell_where_a_plan_names_nobody(
    tmp_path: Path, form: Form, given: tuple[str, str], chinese: tuple[str, str], english: str
) -> None:
    plans = [{**plan, "contact": given[0], "phone": given[1]} for plan in sealed_visit().context["plans"]]
    nameless = [{**one, "name_en": ""} for one in sealed_visit().public["departments"]]
    visit = sealed_visit(
        public={"departments": nameless}, context={"round": "三月", "credit_class": "B", "plans": plans}
    )
    content = notice_content(visit, base_url=BASE)
    assert [(one["contact"], one["phone"]) for one in content["departments"]] == [chinese] * 2
    assert dict(content["en"]["facts"])["Contact"].count(english) == 2
    cells = [value for row in (*content["departments"], *content["officers"]) for value in row.values()]
    assert [value for value in cells if value == ""] == []
    printed = print_notice(office(tmp_path), visit, form)
    assert chinese[1] in (text_of(printed) if form is Form.PDF else words_of(printed))


def test_papers_of_a_visit_off_plan_claim_neither_a_plan_nor_a_notice_before() -> None:
    planned, sudden = sealed_visit(departments=1), sealed_visit(departments=1, off_plan=True)
    openings = [notice_content(one, base_url=BASE)["opening"] for one in (planned, sudden)]
    assert ["已备案的检查计划" in one for one in openings] == [True, False]
    assert "没有事先列入检查计划" in openings[1]
    approvals = [str(approval_content([one], department=None)) for one in (planned, sudden)]
    assert ["提前告知" in one for one in approvals] == [True, False]
    assert "计划外检查，到场出示" in approvals[1]


def test_word_notice_has_its_headings_in_the_outline(tmp_path: Path) -> None:
    document = docx.Document(io.BytesIO(print_notice(office(tmp_path), sealed_visit(), Form.DOCX)))
    styled = [(one.style.name if one.style else "", one.text[:2]) for one in document.paragraphs]
    assert styled[0][0] == "Title"
    assert [text for style, text in styled if style == "Heading 1"] == [f"{number}、" for number in "一二三四五六七八"]


def test_printed_notice_carries_its_translation_and_a_qr_code(tmp_path: Path) -> None:
    text = text_of(print_notice(office(tmp_path), sealed_visit(), Form.PDF))
    assert "Noticeofajointinspection" in text
    assert [one for one in BANS_EN if re.sub(r"\s", "", one) not in text] == []
    assert "<path" in notice_content(sealed_visit(), base_url=BASE)["qr"]


@pytest.mark.parametrize("form", list(Form), ids=str)
@pytest.mark.parametrize("departments", [1, 2], ids=["alone", "joint"])
def test_notice_lists_what_the_items_ask_for_and_on_a_joint_one_who_asks(
    tmp_path: Path, form: Form, departments: int
) -> None:
    """Who is told on paper only must read what the page of the visit lists."""
    materials = [{"text": "卫生许可证", "departments": ["MARKET", "FIRE"][:departments]}]
    visit = sealed_visit(departments=departments, public={"materials": materials})
    printed = print_notice(office(tmp_path), visit, form)
    text = text_of(printed) if form is Form.PDF else words_of(printed)
    assert "卫生许可证" in text
    assert ("卫生许可证（市场局、消防）" in text) is (departments == 2)
    assert ("各部门合用一份" in text) is (departments == 2)


def test_roster_names_a_department_once_and_no_town_twice() -> None:
    visit = sealed_visit(public={"town": "示例镇", "address": "示例镇中心路1号"})
    (row,) = roster_content("示例区", date(2026, 3, 12), [visit], PaperLanguage.CHINESE)["papers"][0]["visits"]
    assert row["crew"] == ["市场局：王0 C-MARKET-0、王1 C-MARKET-1", "消防：王0 C-FIRE-0、王1 C-FIRE-1"]
    assert row["address"] == "示例镇中心路1号"
    away = sealed_visit(public={"officers": []})
    (row,) = roster_content("示例区", date(2026, 3, 12), [away], PaperLanguage.ENGLISH)["papers"][0]["visits"]
    assert row["crew"] == ["Market Bureau", "Fire Brigade"]
    assert row["address"] == "示例镇 示例路1号"


def test_visit_of_one_department_gets_a_plain_notice(tmp_path: Path) -> None:
    text = text_of(print_notice(office(tmp_path), sealed_visit(departments=1), Form.PDF))
    assert "行政检查通知书" in text
    assert "联合检查" not in text


@pytest.mark.parametrize(
    ("values", "mark"),
    [({"cancelled": True, "sequence": 2}, "本次检查已取消"), ({"sequence": 2}, "第2次变更"), ({}, "")],
    ids=["cancelled", "moved", "first"],
)
def test_notice_says_when_something_has_changed(values: dict[str, Any], mark: str) -> None:
    assert mark in notice_content(sealed_visit(**values), base_url=BASE)["mark"]
    assert bool(notice_content(sealed_visit(**values), base_url=BASE)["mark"]) == bool(mark)


def test_number_is_the_visits_own_and_no_counter() -> None:
    numbers = [sealed_visit(uid=f"{place:032x}").number for place in range(200)]
    assert len(set(numbers)) == 200
    assert numbers != sorted(numbers)
    assert sealed_visit(uid="0" * 32, sequence=4).number == numbers[0]


@pytest.mark.parametrize("form", list(Form), ids=str)
def test_names_are_printed_and_never_run(tmp_path: Path, form: Form) -> None:
    printed = print_notice(office(tmp_path), sealed_visit(public={"enterprise": HOSTILE}), form)
    text = text_of(printed) if form is Form.PDF else words_of(printed)
    assert "甲<script>&" in text
    assert "{{7*7}}" in text
    assert '#panic("x")' in text


def hostile_visit() -> SealedVisit:
    """A visit in which everything that somebody may have typed is hostile."""
    public = sealed_visit().public
    own: dict[str, Any] = dict.fromkeys(("enterprise", "site", "address", "town"), HOSTILE)
    own |= {
        "items": [{**one, "text": HOSTILE, "basis": HOSTILE} for one in public["items"]],
        "officers": [{**one, "name": HOSTILE} for one in public["officers"]],
        "departments": [{**one, "name": HOSTILE, "short": HOSTILE} for one in public["departments"]],
    }
    plans = [
        {**plan, **dict.fromkeys(("task", "plan", "reason", "contact", "phone", "clue"), HOSTILE)}
        for plan in sealed_visit().context["plans"]
    ]
    return sealed_visit(public=own, context={"round": HOSTILE, "credit_class": "B", "plans": plans})


def hostile_release() -> Release:
    """A release whose comment is hostile; only what a brief tells is set."""
    return Release(
        number=1, round_id=1, approval_id=1, content_hash="", approved_by_id=1, publish_at=NOW, sealed_at=NOW,
        late_seconds=0, comment=HOSTILE,
    )  # fmt: skip


@pytest.mark.parametrize("paper", ["notice", "approval", "roster", "checklist", "brief"])
def test_every_paper_prints_what_was_typed_and_runs_none_of_it(tmp_path: Path, paper: str) -> None:
    """X-10: markup of the typesetter, of HTML and of templates; a control character; signs that turn the direction."""
    visit, english = hostile_visit(), PaperLanguage.ENGLISH
    content = {
        "notice": {"foot": "", "english": True, "duplex": False, "papers": [notice_content(visit, base_url=BASE)]},
        "approval": approval_content([visit], department=None),
        "roster": roster_content(HOSTILE, date(2026, 3, 12), [visit], english),
        "checklist": checklist_content([visit], english),
        "brief": brief_content(hostile_release(), HOSTILE, HOSTILE, [visit], english),
    }[paper]
    text = text_of(typeset(Press(folder=tmp_path), paper, content))
    for typed in ("甲<script>&", '#panic("x")', "{{7*7}}", "$x$", "*粗*_斜_@引[用]"):
        assert text.count(typed) >= 3
    assert not [sign for sign in text if not sign.isprintable()]


@pytest.mark.parametrize("paper", ["notice", "approval"])
def test_every_word_file_says_what_was_typed_and_runs_none_of_it(tmp_path: Path, paper: str) -> None:
    """X-10, X-11 of Word files: what was typed is text in them, no element and no field."""
    word = word_file(tmp_path, paper, hostile_visit())
    text = words_of(word)
    for typed in ("甲<script>&", '#panic("x")', "{{7*7}}", "$x$", "*粗*_斜_@引[用]"):
        assert text.count(typed) >= 3
    assert not [sign for sign in text if not sign.isprintable()]
    # The page number is a field of the template itself. A line break that was typed stays one, and nothing else is
    # there that a harmless visit does not bring.
    more = _elements(word) - _elements(word_file(tmp_path, paper, sealed_visit()))
    assert {name.rpartition("}")[2] for name in more} == {"br"}


def word_file(folder: Path, paper: str, visit: SealedVisit) -> bytes:
    content = {
        "notice": word_notice_content(visit, base_url=BASE),
        "approval": approval_content([visit], department=None)["papers"][0],
    }[paper]
    return fill(Press(folder=folder), paper, content)


def _elements(word: bytes) -> set[str]:
    """The names of all elements of all parts: each of them is well-formed XML."""
    with zipfile.ZipFile(io.BytesIO(word)) as parts:
        return {
            str(one.tag)
            for name in parts.namelist()
            if name.endswith((".xml", ".rels"))
            for one in etree.fromstring(parts.read(name)).iter(etree.Element)
        }


def test_word_wider_than_a_column_may_break_and_others_stay_whole() -> None:
    long, code, gap = "x" * 60, "91320900MA00000000", "\u200b"
    visit = sealed_visit(public={"enterprise": long, "credit_code": code})
    content = notice_content(visit, base_url=f"{BASE}/{long}")
    assert max(map(len, content["enterprise"].split(gap))) <= 8
    assert content["enterprise"].replace(gap, "") == long
    assert content["credit_code"] == code
    # What the QR code opens is no text.
    assert gap not in content["address"]


def test_row_taller_than_a_page_goes_on_over_the_page(tmp_path: Path) -> None:
    items = [{"department": "MARKET", "text": f"事项{place}，" + "长" * 60, "basis": ""} for place in range(40)]
    content = roster_content("甲", date(2026, 3, 12), [sealed_visit(public={"items": items})], PaperLanguage.CHINESE)
    pages = PdfReader(io.BytesIO(typeset(Press(folder=tmp_path), "roster", content))).pages
    texts = [re.sub(r"\s", "", page.extract_text()) for page in pages]
    assert len(pages) > 1
    assert "事项0，" in texts[0]
    assert "事项39，" in texts[-1]
    # In what ran over the foot of a sheet the number of the page would stand between the lines.
    assert all(text.endswith(f"—{number}—") or text.startswith(f"—{number}—") for number, text in enumerate(texts, 1))


@pytest.mark.parametrize("form", list(Form), ids=str)
def test_same_visit_is_printed_in_the_same_bytes(tmp_path: Path, form: Form) -> None:
    first, second = (print_notice(office(tmp_path), sealed_visit(), form) for _ in range(2))
    assert first == second


def test_office_may_change_a_template(tmp_path: Path) -> None:
    press = Press(folder=tmp_path)
    assert {path.name for path in write_originals(press.templates)} >= {"notice.typ", "paper.typ", "notice.docx"}
    assert write_originals(press.templates) == []
    own = press.templates / "notice.typ"
    own.write_text(own.read_text(encoding="utf-8").replace("五、检查频次", "五、频次公示"), encoding="utf-8")
    assert "五、频次公示" in text_of(print_notice(office(tmp_path), sealed_visit(), Form.PDF))


def test_broken_template_is_named_with_its_place(tmp_path: Path) -> None:
    press = Press(folder=tmp_path)
    press.templates.mkdir()
    (press.templates / "notice.typ").write_text("#let x = (", encoding="utf-8")
    (press.templates / "notice.docx").write_bytes(b"no archive")
    for form, name in ((Form.PDF, "notice.typ"), (Form.DOCX, "notice.docx")):
        with pytest.raises(TemplateError) as caught:
            print_notice(office(tmp_path), sealed_visit(), form)
        assert caught.value.params["template"] == name
        assert caught.value.params["place"]


def test_word_template_cannot_reach_out_of_its_fields(tmp_path: Path) -> None:
    press = Press(folder=tmp_path)
    write_originals(press.templates)
    own = press.templates / "notice.docx"
    with zipfile.ZipFile(own) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["word/document.xml"] = parts["word/document.xml"].replace(
        b"{{ title }}", b"{{ title.__class__.__mro__[1].__subclasses__() }}"
    )
    with zipfile.ZipFile(own, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(TemplateError):
        print_notice(office(tmp_path), sealed_visit(), Form.DOCX)


def test_visit_released_before_caps_and_plans_were_kept_is_still_printed(tmp_path: Path) -> None:
    old = sealed_visit()
    frequency = {
        "year": 2026,
        "visits": 3,
        "by_department": [{"code": "MARKET", "visits": 1}, {"code": "FIRE", "visits": 0}],
    }
    bare = sealed_visit(public={**old.public, "frequency": frequency}, context={"round": "三月", "credit_class": "B"})
    text = text_of(print_notice(office(tmp_path), bare, Form.PDF))
    assert text.count("未设上限") == 2
