"""Every text has its English, every code its words."""

from __future__ import annotations

import ast
import csv
import enum
import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask

import data.enums
from scheduler.jobs.schedule import SCHEDULE
from scheduler.publishing.differences import Change
from solver.plan import Reason
from solver.rules import HARD_RULES, SOFT_RULES
from web import i18n, phrases
from web.words.edits import EDIT_FINDINGS, EDITS, QUANTITIES, SKILLS
from web.words.enums import WORDS
from web.words.events import ACTIONS, CHANGES, ENTITIES, FIELDS, JOBS, PHASES, PREPARE, TIMERS, TODOS
from web.words.faults import FAULTS
from web.words.figures import FIGURE_COLUMNS, FIGURES
from web.words.oversight import COLUMNS, LOOKS_FOR, WARNINGS
from web.words.refusals import REFUSALS
from web.words.rules import OBSTACLES, REASONS, RULES, WAYS_OUT

ROOT = Path(__file__).resolve().parents[2]
ENUMS = [one for one in vars(data.enums).values() if isinstance(one, enum.EnumType) and one is not enum.StrEnum]
TABLES = {
    "todos": TODOS, "actions": ACTIONS, "entities": ENTITIES, "changes": CHANGES, "prepare": PREPARE, "phases": PHASES,
    "fields": FIELDS, "jobs": JOBS, "faults": FAULTS, "refusals": REFUSALS, "rules": RULES, "reasons": REASONS,
    "ways_out": WAYS_OUT, "obstacles": OBSTACLES,
    "edits": EDITS, "edit_findings": EDIT_FINDINGS, "quantities": QUANTITIES, "skills": SKILLS, "timers": TIMERS,
    "warnings": WARNINGS, "looks_for": LOOKS_FOR, "columns": COLUMNS, "figures": FIGURES,
    "figure_columns": FIGURE_COLUMNS,
}  # fmt: skip
NAMES = re.compile(r"\{(\w+)\}")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
MAPPING = [("templates/**.html", "jinja2"), ("**.py", "python")]
KEYWORDS = {"_": None, "gettext": None, "_l": None, "lazy_gettext": None}
# Codes of commands and of set-up: no page ever meets them.
NOT_FOR_PAGES = {"sample_workbook", "sample_unsolved", "backup", "schema", ""}


@cache
def message_ids() -> set[str]:
    options = {"templates/**.html": {"newstyle_gettext": "true", "encoding": "utf-8", "silent": "false"}}
    found = extract_from_dir(str(ROOT / "web"), MAPPING, options, keywords=KEYWORDS)
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}


def english() -> dict[str, str]:
    source = i18n.TRANSLATIONS / "en" / "LC_MESSAGES" / "messages.po"
    with source.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


@cache
def calls(*rooms: str) -> tuple[tuple[str, ast.Call], ...]:
    return tuple(
        (node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", ""), node)
        for room in rooms
        for path in sorted((ROOT / room).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    )


def literals(node: ast.expr | None) -> set[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    return literals(node.body) | literals(node.orelse) if isinstance(node, ast.IfExp) else set()


def keyword_values(rooms: tuple[str, ...], *names: str) -> set[str]:
    found = [literals(word.value) for _, node in calls(*rooms) for word in node.keywords if word.arg in names]
    return set().union(*found) - NOT_FOR_PAGES


def first_arguments(rooms: tuple[str, ...], *functions: str) -> set[str]:
    found = [literals(node.args[0]) for name, node in calls(*rooms) if name in functions and node.args]
    return set().union(*found) - NOT_FOR_PAGES


def test_every_skill_that_comes_with_the_house_has_words() -> None:
    with (ROOT / "data" / "seed" / "skills.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {row["code"]: (row["name"], row["name_en"]) for row in csv.DictReader(file)} == SKILLS


def test_figures_name_skills_and_leave_out_what_is_known(app: Flask) -> None:
    with app.test_request_context():
        assert phrases.figures("day=2026-12-14 skill=fire have=0", ("day",)) == "资质 消防技术，可去人数 0"


def test_figures_say_days_and_quarters_as_the_page_does(app: Flask) -> None:
    with app.test_request_context():
        said = phrases.figures("day=2026-12-14 quarter=2 window=2026-12-01..2026-12-04 km=12")
    assert said == "日期 2026年12月14日 周一，时段 14:00，时间窗口 2026年12月1日 周二 – 2026年12月4日 周五，公里 12"


def test_every_timed_job_has_words() -> None:
    assert {entry.name for entry in SCHEDULE} - set(JOBS) == set()


def test_every_text_of_the_pages_has_its_english() -> None:
    translated = english()
    assert {one for one in message_ids() if not translated.get(one)} == set()


def test_no_english_is_left_for_a_text_that_is_gone() -> None:
    assert set(english()) - message_ids() == set()


def test_english_names_the_same_figures() -> None:
    placeholders = re.compile(r"%\(\w+\)s")
    wrong = {
        source: target
        for source, target in english().items()
        if sorted(set(placeholders.findall(source))) != sorted(set(placeholders.findall(target)))
    }
    assert wrong == {}


def test_no_line_of_the_english_stands_alone() -> None:
    """A line without its entry would be read as the end of the text before it."""
    source = (i18n.TRANSLATIONS / "en" / "LC_MESSAGES" / "messages.po").read_text(encoding="utf-8")
    assert re.findall(r'\n\n".*', source) == []


def test_english_holds_no_chinese() -> None:
    assert [text for text in english().values() if CHINESE.search(text)] == []


def test_templates_hold_no_chinese_outside_translations() -> None:
    marked = re.compile(r"_\('[^']*'(?:, [^)]*)?\)|\{#.*?#\}", re.DOTALL)
    loose = []
    for path in sorted((ROOT / "web" / "templates").rglob("*.html")):
        rest = marked.sub("", path.read_text(encoding="utf-8")).replace("'中文'", "")
        loose += [f"{path.name}: {line.strip()[:80]}" for line in rest.splitlines() if CHINESE.search(line)]
    assert loose == []


@pytest.mark.parametrize("kind", ENUMS, ids=lambda kind: kind.__name__)
def test_every_member_of_an_enum_has_words(kind: type[enum.StrEnum]) -> None:
    assert set(WORDS[kind.__name__]) == {member.value for member in kind}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_words_are_there_in_both_languages_with_the_same_figures(table: dict[str, tuple[str, str]]) -> None:
    for code, (chinese, english_words) in table.items():
        assert chinese, code
        assert english_words, code
        assert not CHINESE.search(english_words), code
        assert set(NAMES.findall(chinese)) == set(NAMES.findall(english_words)), code


def test_every_refusal_has_words() -> None:
    codes = first_arguments(("scheduler",), "ConflictError", "NotPermittedError", "DomainError", "TransitionError")
    assert codes - set(REFUSALS) == set()
    assert {"run_live", "own_draft"} <= codes


def test_every_fault_has_words() -> None:
    codes = keyword_values(("scheduler", "data"), "code", "fault_code", "hint_code")
    codes |= first_arguments(("scheduler", "data"), "PydanticCustomError", "SheetRefused", "_refused", "refused")
    assert codes - set(FAULTS) == set()
    assert {"filing_closed", "encrypted"} <= codes


def test_every_audited_action_has_words() -> None:
    found = {
        action
        for name, node in calls("scheduler")
        if name in {"record", "note_step", "_note_step", "_note"} and len(node.args) > 3
        for action in literals(node.args[3])
    }
    assert found - set(ACTIONS) == set()
    assert "plan.submit" in found


def test_every_kind_of_thing_has_words() -> None:
    found = keyword_values(("scheduler", "data"), "entity") | first_arguments(("scheduler", "data"), "NotFoundError")
    assert found - set(ENTITIES) == set()


def test_every_line_of_the_desk_has_words() -> None:
    text = (ROOT / "scheduler" / "filing" / "desk.py").read_text(encoding="utf-8")
    kinds = set(re.findall(r'"((?:round|plan|upload|visit|message|notice|release|warning)_[a-z_]+)"', text))
    assert {kind for kind in kinds if kind not in {"round_name"}} - set(TODOS) == set()
    assert "plan_to_decide" in kinds


def test_every_rule_and_reason_of_the_solver_has_words() -> None:
    assert (set(HARD_RULES) | set(SOFT_RULES)) - set(RULES) == set()
    assert {str(reason) for reason in Reason} - set(REASONS) == set()
    assert {str(change) for change in Change} == set(CHANGES)


def test_phrase_with_a_missing_parameter_is_still_shown(app: Flask) -> None:
    with app.test_request_context():
        assert phrases.fault("filing_closed") == "“–”的申报已经截止。"


def test_unknown_code_is_shown_with_its_name(app: Flask) -> None:
    with app.test_request_context():
        assert phrases.refusal("never_heard_of", {}) == "未能完成（代码 never_heard_of）。"


def test_compiled_translations_are_renewed_when_older(tmp_path: Path) -> None:
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text('msgid "退出"\nmsgstr "Sign out"\n', encoding="utf-8")
    assert i18n.compile_translations(tmp_path) == [folder / "messages.mo"]
    assert i18n.compile_translations(tmp_path) == []
