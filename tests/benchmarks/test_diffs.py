from tests.benchmarks.diffs import measure


def test_small_releases_are_compared_alike_by_both_ways() -> None:
    found = measure(20)
    assert (found["visits"], found["changed"]) == (20, 2)
