"""The house keeps its shape: who commits, who is called what, how long a function may be."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("solver", "data", "scheduler", "web")
EMPTY_NAMES = {"utils", "helpers", "common", "misc", "manager"}
LONGEST_FUNCTION = 70
LONGEST_MODULE = 500


def modules(*rooms: str) -> list[Path]:
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*.py") if "node_modules" not in path.parts)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def commits(tree: ast.AST) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"commit", "rollback"}
    ]


def test_only_the_session_module_commits_or_rolls_back() -> None:
    owner = ROOT / "data" / "session.py"
    found = {
        str(path.relative_to(ROOT)): lines
        for path in modules(*ROOMS)
        if path != owner and (lines := commits(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert found == {}
    assert commits(ast.parse(owner.read_text(encoding="utf-8")))


def test_finder_of_commits_sees_a_planted_one() -> None:
    assert commits(ast.parse("def f(session):\n    session.commit()")) == [2]


@pytest.mark.parametrize("room", ROOMS)
def test_room_is_the_one_of_this_repository(room: str) -> None:
    found = importlib.import_module(room).__file__
    assert found is not None
    assert Path(found).resolve() == ROOT / room / "__init__.py"


@pytest.mark.parametrize("room", ROOMS)
def test_room_name_belongs_to_no_other_distribution(room: str) -> None:
    owners = set(importlib.metadata.packages_distributions().get(room, []))
    assert owners <= {"onedoor"}


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [path for path in modules(*ROOMS, "tests") if path.stem in EMPTY_NAMES] == []


def test_every_module_begins_with_a_docstring() -> None:
    bare = [
        str(path.relative_to(ROOT))
        for path in modules(*ROOMS)
        if path.stat().st_size and ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) is None
    ]
    assert bare == []


def test_functions_are_short_enough_to_see_whole() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in modules(*ROOMS)
        if "migrations" not in path.parts
        for node in functions(ast.parse(path.read_text(encoding="utf-8")))
        if (node.end_lineno or node.lineno) - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


def test_modules_are_short_enough_to_find_ones_way() -> None:
    long = [
        str(path.relative_to(ROOT))
        for path in modules(*ROOMS)
        if "migrations" not in path.parts and len(path.read_text(encoding="utf-8").splitlines()) > LONGEST_MODULE
    ]
    assert long == []


def test_every_tests_directory_is_a_package() -> None:
    bare = {path.parent for path in (ROOT / "tests").rglob("*.py") if not (path.parent / "__init__.py").exists()}
    assert bare == set()
