"""Every fault code of the solver's folders has words in both languages."""

from __future__ import annotations

import pytest

from scheduler.commands.words import FOLDER_FAULTS, folder_fault
from solver.folder_faults import FaultRule


@pytest.mark.parametrize("code", list(FaultRule))
def test_folder_fault_has_words_in_both_languages(code: FaultRule) -> None:
    chinese, english = FOLDER_FAULTS[code]
    assert any("一" <= sign <= "鿿" for sign in chinese)
    assert english.isascii() or "…" in english
    assert folder_fault(code) == f"{chinese} ({english})"


def test_words_exist_for_no_unknown_code() -> None:
    assert set(FOLDER_FAULTS) == set(FaultRule)
