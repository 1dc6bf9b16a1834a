"""The benchmark as a Markdown table and a log-log plot. Owns the layout; measures nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
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
STYLES: Final = {
    "ours": ("一门 OneDoor", "#0b6e4f", "o"),
    "by_hand": ("手工合并 by hand", "#d98e04", "s"),
    "status_quo": ("各自为政 status quo", "#8c8c8c", "v"),
    "plain_cp_sat": ("CP-SAT 直接建模 plain CP-SAT", "#3366cc", "^"),
    "mip_highs": ("HiGHS 直接建模 HiGHS MIP", "#b5305f", "D"),
}
"""Label, colour and marker of each rival, the same in every plot."""
PANELS: Final = (
    ("score", "代价 cost of the plan", "得分（越低越好） score, lower is better"),
    ("gap", "与已证下界的差距 gap to the best bound", "% （0.01 = 已证最优 proven optimal）"),
    ("seconds", "用时 time", "秒 seconds"),
)
"""Attribute, title and unit of each panel."""
LEAST_GAP: Final = 0.01
LEAST_SECONDS: Final = 1e-3
"""Zero has no place on a logarithmic axis."""
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
    gap = "" if bound is None else f"{round(100 * (row.score - bound) / max(1.0, abs(row.score)), 2) + 0.0:.2f} %"
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
    """Draw score, gap and seconds against size, all axes logarithmic; the format follows the suffix (svg, png)."""
    import matplotlib as mpl  # noqa: PLC0415 -- takes a second to load and is needed only here

    mpl.use("agg")
    from matplotlib import font_manager  # noqa: PLC0415 -- after the choice of the back end
    from matplotlib import pyplot as plt  # noqa: PLC0415 -- the same
    from matplotlib.ticker import NullFormatter  # noqa: PLC0415 -- the same

    font = _chinese_font()
    font_manager.fontManager.addfont(font)
    family = font_manager.FontProperties(fname=font).get_name()
    with plt.rc_context({"font.family": family, "axes.unicode_minus": False, "figure.facecolor": "white"}):
        figure, panels = plt.subplots(1, len(PANELS), figsize=(13, 4.4), layout="constrained")
        for panel, (what, title, unit) in zip(panels, PANELS, strict=True):
            for rival, points in _series(rows, what).items():
                label, colour, marker = STYLES[rival]
                # the engine lies on top: where two are equal, it is the one that is looked for
                order = 5 if rival == "ours" else 3
                panel.plot(*zip(*points, strict=True), marker=marker, color=colour, label=label, zorder=order)
            panel.set(xscale="log", yscale="log", title=title, xlabel="申请数 requests", ylabel=unit)
            panel.xaxis.set_minor_formatter(NullFormatter())  # in a narrow range they would overlap
            panel.grid(visible=True, which="major", alpha=0.3)
        figure.legend(
            *panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(STYLES), frameon=False
        )
        target.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(target, dpi=110, metadata={"Software": None} if target.suffix == ".png" else None)
        plt.close(figure)


def _chinese_font() -> Path:
    """The font of the documents, which every installation has."""
    package = find_spec("pylopdf_fonts_zh_cn")
    assert package is not None
    assert package.submodule_search_locations is not None
    return Path(package.submodule_search_locations[0]) / "NotoSansSC-Regular.otf"


def _series(rows: Sequence[Measure], what: str) -> dict[str, list[tuple[int, float]]]:
    """What is drawn of each rival, (requests, value), by size."""
    bounds = best_bounds(rows)
    points: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.requests):
        if row.score is None:
            continue
        if what == "gap":
            gap = 100 * (row.score - bounds.get(row.problem, 0.0)) / max(1.0, abs(row.score))
            points[row.rival].append((row.requests, max(LEAST_GAP, gap)))
        else:
            points[row.rival].append((row.requests, max(LEAST_SECONDS, float(getattr(row, what)))))
    return dict(points)
