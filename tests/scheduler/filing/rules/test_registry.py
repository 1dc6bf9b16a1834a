"""No rule without a row, a place in the program, a test and words in both languages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from sqlmodel import Session, select

from data.models import Rule
from data.seed.policies import default_rules
from scheduler.filing.policies import proof_of, rules_table
from scheduler.filing.rules.registry import MODULE_NAMES, RULES
from web.words.findings import FINDINGS, PARAMETERS

ROOT = Path(__file__).resolve().parents[4]
ASKED_FOR = [
    *range(1, 9), *range(10, 17), *range(20, 30), *range(30, 45), 50, 52, 55, 57, 60, 61, 62, 64, 66, 67, 68, 71, 72,
]  # fmt: skip
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def found_names() -> set[str]:
    """Every name that a rule's module may find."""
    names: set[str] = set()
    for path in (ROOT / "scheduler" / "filing" / "rules").glob("r[0-9][0-9]_*.py"):
        source = path.read_text(encoding="utf-8")
        names |= {text for text in re.findall(r'"([a-z_]+)"', source) if text in FINDINGS}
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.keyword) and node.arg == "name" and isinstance(node.value, ast.Constant):
                names.add(str(node.value.value))
    return names


def test_every_rule_asked_for_is_there() -> None:
    assert {f"R{number:02d}" for number in ASKED_FOR} == set(RULES)


@pytest.mark.parametrize("code", sorted(RULES))
def test_rule_has_a_test_of_its_own(code: str) -> None:
    path = ROOT / proof_of(code)

    assert path.is_file()
    assert re.search(r"^def test_\w+", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert MODULE_NAMES[code].rsplit(".", 1)[-1].startswith(f"{code.lower()}_")


@pytest.mark.parametrize("code", sorted(RULES))
def test_rule_lives_where_it_says(code: str) -> None:
    parts = RULES[code].lives_in.split(".")
    files = [ROOT.joinpath(*parts[:size]).with_suffix(".py") for size in range(len(parts), 1, -1)]
    folder = ROOT.joinpath(*parts)
    named = next((path for path in files if path.is_file()), None)

    assert named is not None or folder.is_dir()
    if named is not None and named.stem != parts[-1]:
        assert re.search(rf"^\s*(class|def) {parts[-1]}\b", named.read_text(encoding="utf-8"), re.MULTILINE)


def test_every_rule_has_a_row_with_texts_in_both_languages(session: Session) -> None:
    rows = {row.code: row for row in session.exec(select(Rule))}

    assert set(rows) == set(RULES)
    for row in rows.values():
        assert CHINESE.search(row.title_zh), row.code
        assert CHINESE.search(row.text_zh), row.code
        assert not CHINESE.search(row.title_en + row.text_en), row.code
        assert row.source, row.code


def test_every_finding_has_words_and_a_mend_in_both_languages() -> None:
    assert found_names() == set(FINDINGS)
    for name, (chinese, english, mend, how) in FINDINGS.items():
        assert all((chinese, english, mend, how)), name
        assert not CHINESE.search(english + how), name
        assert set(re.findall(r"{\w+}", chinese)) == set(re.findall(r"{\w+}", english)), name


def test_every_parameter_has_words() -> None:
    assert {name for row in default_rules() for name in row["parameters"]} == set(PARAMETERS)


def test_table_names_every_rule_with_its_test() -> None:
    table = rules_table().splitlines()

    assert len(table) == len(RULES) + 2
    assert "test_r13_offsite_first.py" in next(line for line in table if line.startswith("| R13"))


def test_readme_shows_the_table_as_it_is() -> None:
    assert rules_table() in (ROOT / "README.md").read_text(encoding="utf-8")
