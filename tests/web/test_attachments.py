"""Documents beside plans through the pages: sent, handed out as files, never shown as pages of ours."""

from __future__ import annotations

import io

import pytest

from data.enums import Role
from tests.web.cast import Cast
from tests.web.conftest import As


@pytest.mark.parametrize("role", [Role.CLERK, Role.SUPERVISOR], ids=str)
def test_document_is_handed_out_as_a_file(browse_as: As, cast: Cast, role: Role) -> None:
    answer = browse_as(role).get(f"/attachments/{cast.uids['attachment']}")

    assert (answer.status_code, answer.mimetype, answer.data) == (200, "application/pdf", b"%PDF-1.7 clue")
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert "UTF-8''%E7%BA%BF%E7%B4%A2.pdf" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_clerk_adds_and_removes_a_document(browse_as: As, cast: Cast) -> None:
    clerk, path = browse_as(Role.CLERK), f"/attachments/plans/{cast.uids['plan']}"
    refused = clerk.post(path, {"kind": "approval", "file": (io.BytesIO(b"<html>"), "../批准.pdf")}, page=path)
    assert (refused.status_code, "只收 PDF" in refused.text) == (422, True)

    sent = clerk.post(path, {"kind": "approval", "file": (io.BytesIO(b"%PDF-1.7 b"), "../批准.pdf")}, page=path)

    assert (sent.status_code, sent.headers["Location"]) == (303, path)
    assert "批准.pdf" in clerk.get(path).text
    gone = clerk.post(f"/attachments/{cast.uids['attachment']}/remove", page=path)
    assert (gone.status_code, "线索.pdf" in clerk.get(path).text) == (303, False)
