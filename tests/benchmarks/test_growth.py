"""No page asks the database more often because there are more rows."""

from __future__ import annotations

from tests.benchmarks.growth import Size, costs_of


def test_statements_of_pages_do_not_grow_with_their_rows() -> None:
    small, large = (costs_of(Size(visits=visits, months=1, letters=visits)) for visits in (6, 30))

    assert {name: one.status for name, one in large.items() if one.status != 200} == {}
    grown = {name: (small[name].statements, one.statements) for name, one in large.items()}
    assert {name: both for name, both in grown.items() if both[1] > both[0]} == {}
