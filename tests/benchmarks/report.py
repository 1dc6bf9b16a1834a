"""The benchmark as a Markdown table and a log-log plot. Owns the layout; measures nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from tests.benchmarks.measure import Measure
from tests.benchmarks.roster_duel import Duel

TITLES: Final = {
    "ours": "OneDoor",
    "by_hand": "merging by hand",
    "status_quo": "status quo",
    "plain_cp_sat": "plain CP-SAT",
    "mip_highs": "HiGHS MIP",
}
HEAD: Final = (
    "problem",
    "requests",
    "by",
    "seconds",
    "peak MB",
    "score",
    "own bound",
    "gap",
    "visits",
    "trips",
    "left out",
    "violations",
    "note",
)


def best_bounds(rows: Iterable[Measure]) -> dict[str, float]:
    """The best proven bound on each problem, whoever proved it."""
    bounds: dict[str, float] = {}
    for row in rows:
        if row.bound is not None:
            bounds[row.problem] = max(row.bound, bounds.get(row.problem, row.bound))
    return bounds


def table(rows: Sequence[Measure]) -> str:
    """Markdown; the gap is that of the checker's score to the best bound anybody proved on the problem."""
    bounds = best_bounds(rows)
    lines = [_line(HEAD), _line(["---"] * len(HEAD))]
    lines += [_line(_cells(row, bounds.get(row.problem))) for row in rows]
    return "\n".join(lines) + "\n"


def _cells(row: Measure, bound: float | None) -> list[str]:
    measured = [row.problem, f"{row.requests:,}", TITLES.get(row.rival, row.rival)]
    measured += [f"{row.seconds:.1f}", f"{row.peak_mb:,.0f}"]
    own = "" if row.bound is None else f"{row.bound:,.2f}"
    if row.score is None:
        return [*measured, "no plan", own, "", "", "", "", "", row.note]
    gap = "" if bound is None else f"{100 * (row.score - bound) / max(1.0, abs(row.score)):.2f} %"
    counts = [f"{count:,}" for count in (row.visits, row.trips, row.left_out, row.violations)]
    return [*measured, f"{row.score:,.2f}", own, gap, *counts, row.note]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def duel_table(duel: Duel) -> str:
    """Markdown for the roster of a month."""
    size = f"{duel.days} days, {duel.visits:,} visits, {duel.requests:,} requests"
    lines = [
        _line([size, "seconds", "priority left out", "days without answer"]),
        _line(["---"] * 4),
        _line(["OneDoor, starts and a crew", f"{duel.engine_seconds:.1f}", str(duel.engine_left), "0"]),
        _line(["OneDoor, the whole month with draw and leads", f"{duel.draw_seconds:.1f}", "", ""]),
        _line(["OR-Tools routing", f"{duel.routing_seconds:.1f}", str(duel.routing_left), str(duel.routing_without)]),
    ]
    return "\n".join(lines) + "\n"


def plot(rows: Sequence[Measure], target: Path) -> None:
    """Draw seconds and score against size, both axes logarithmic; the format follows the suffix (svg, png)."""
    import matplotlib as mpl  # noqa: PLC0415 -- takes a second to load and is needed only here

    mpl.use("agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 -- after the choice of the back end

    figure, panels = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    for panel, (what, label) in zip(panels, (("score", "score"), ("seconds", "seconds")), strict=True):
        for rival, points in _series(rows, what).items():
            panel.plot(*zip(*points, strict=True), marker="o", label=TITLES.get(rival, rival))
        panel.set(xscale="log", yscale="log", xlabel="requests", ylabel=label)
        panel.grid(visible=True, which="major", alpha=0.3)
    panels[0].legend()
    figure.savefig(target)
    plt.close(figure)


def _series(rows: Iterable[Measure], what: str) -> dict[str, list[tuple[int, float]]]:
    points: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.requests):
        if row.score is not None:
            points[row.rival].append((row.requests, max(1e-3, float(getattr(row, what)))))
    return dict(points)
