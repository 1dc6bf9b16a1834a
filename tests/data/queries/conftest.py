"""A session for questions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlmodel import Session


@pytest.fixture
def session(engine: sa.Engine) -> Iterator[Session]:
    """A session on a fresh database of each kind: search and order differ between them."""
    with Session(engine, expire_on_commit=False) as opened:
        yield opened
        opened.rollback()
