"""The tests' own command: what is run again, what is not, and that the outcome is told by the exit code."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

import run

BROKEN = "def test_broken():\n    assert False\n"
SHAKY = """
from pathlib import Path

def test_shaky():
    tried = Path(__file__).with_name("tried")
    again = tried.exists()
    tried.touch()
    assert again
"""
SKIPPED = "import pytest\n\ndef test_skipped():\n    pytest.skip('no server')\n"
SOUND = "def test_sound():\n    pass\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of its own that is tested by the command of this one."""
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "__init__.py").touch()
    shutil.copy(Path(__file__).with_name("no_skips.py"), tests)
    (tests / "test_sound.py").write_text(SOUND, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\n", encoding="utf-8")
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(run, "FAILED", tmp_path / ".pytest_cache" / "v" / "cache" / "lastfailed")
    monkeypatch.setenv("ONEDOOR_FORBID_SKIPS", "1")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # those of the installed libraries take seconds to load
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p xdist")
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT"):
        monkeypatch.delenv(name, raising=False)
    return tests


@pytest.mark.parametrize(
    ("others", "code", "told"),
    [
        pytest.param([], 0, "", id="all-pass"),
        pytest.param([SHAKY], 0, "Passed alone only", id="one-passes-alone"),
        pytest.param([BROKEN], 1, "once more alone", id="one-fails-again"),
        pytest.param([SHAKY] * 4, 1, "", id="too-many-to-be-chance"),
        pytest.param([SHAKY, SKIPPED], 10, "", id="skipped-beside-a-failure"),
    ],
)
def test_few_failures_are_run_once_more_and_named(
    project: Path, capsys: pytest.CaptureFixture[str], others: list[str], code: int, told: str
) -> None:
    for number, text in enumerate(others):
        folder = project / f"part{number}"
        folder.mkdir()
        (folder / "__init__.py").touch()
        (folder / f"test_part{number}.py").write_text(text, encoding="utf-8")

    assert run.run_tests([]) == code

    said = capsys.readouterr().out
    assert told in said
    assert bool(said) == bool(told)
    assert said.count("test_part0.py") == said.count("·")


def test_chosen_tests_are_never_run_again(project: Path) -> None:
    (project / "test_shaky.py").write_text(SHAKY, encoding="utf-8")

    assert run.run_tests(["tests/test_shaky.py"]) == 1
