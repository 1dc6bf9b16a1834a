"""A mark for tests of publishing that run on SQLite and on PostgreSQL: transactions, claims, ledgers, triggers.

The worlds of `conftest` live in the fixture `database`: SQLite, unless a test with this mark says otherwise.
"""

from __future__ import annotations

import pytest

ON_BOTH = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
