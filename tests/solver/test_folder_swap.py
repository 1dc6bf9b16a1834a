"""Swapping folders where the usual way is not open: cut-off renames and mounted volumes."""

from __future__ import annotations

import os
from pathlib import Path

from solver.folder_swap import refill, replaced_folder, settle


def test_answer_parked_by_a_killed_writer_is_put_back(tmp_path: Path) -> None:
    parked = tmp_path / ".a.previous"
    parked.mkdir()
    (parked / "result.json").write_text("{}")

    settle(tmp_path / "a")

    assert (tmp_path / "a" / "result.json").read_text() == "{}"
    assert not parked.exists()


def test_complete_answer_is_not_replaced_by_a_parked_one(tmp_path: Path) -> None:
    for name, text in ((".a.previous", "old"), ("a", "new")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "result.json").write_text(text)

    settle(tmp_path / "a")

    assert (tmp_path / "a" / "result.json").read_text() == "new"


def test_folder_that_cannot_be_renamed_is_refilled(tmp_path: Path) -> None:
    fresh = tmp_path / ".new"
    fresh.mkdir()
    (fresh / "visits.csv").write_text("new")
    for name in ("visits.csv", "roster.csv", "notes.txt"):
        (tmp_path / name).write_text("old")

    refill(fresh, tmp_path, {"visits.csv", "roster.csv"})

    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"visits.csv": "new", "notes.txt": "old"}


def test_leftovers_of_killed_writers_are_swept_after_a_day(tmp_path: Path) -> None:
    for name, age_seconds in ((".a.0001.new", 90_000), (".a.0002.new", 60), (".b.0001.new", 90_000)):
        (tmp_path / name).mkdir()
        then = (tmp_path / name).stat().st_mtime - age_seconds
        os.utime(tmp_path / name, (then, then))

    with replaced_folder(tmp_path / "a", {"one"}) as fresh:
        (fresh / "one").write_text("1")

    assert sorted(path.name for path in tmp_path.iterdir()) == [".a.0002.new", ".b.0001.new", "a"]


def test_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")

    with replaced_folder(tmp_path / "link", {"one"}) as fresh:
        (fresh / "one").write_text("1")

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "one").read_text() == "1"
