"""Owns putting the figures of several columns together: the task's share, number, frequency, cap, by class.

Knows columns and the reader of single cells; knows no other part of a task.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from data.sheets.cells import folded, is_empty, stripped
from data.sheets.columns import Meaning, SheetColumn
from data.sheets.lines import Line
from data.sheets.measures import Asked, Column, Measure, read_measure
from data.sheets.model import Cap, ClassMeasure, Frequency, Quantity, Ratio

_SHARE_OF_TARGETS = re.compile(r"(?:总数|总量|总户数|总家数|名录库|对象库)的?\d+(?:\.\d+)?%")

_FIGURE = re.compile(r"[\d一二三两]+次|\d|全覆盖")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of one task."""

    ratio: Ratio | None = None
    quantity: Quantity | None = None
    frequency: Frequency | None = None
    cap: Cap | None = None
    by_class: dict[str, ClassMeasure] = field(default_factory=dict)


FaultSink = Callable[[SheetColumn, str, str], None]


def figures_of_text(text: str) -> Figures:
    """Read a piece that stands beside a period."""
    measure = read_measure(text, Column(asked=Asked.FREQUENCY | Asked.QUANTITY))
    return Figures(quantity=measure.quantity, frequency=measure.frequency)


def read_figures(line: Line, columns: Sequence[SheetColumn], fault: FaultSink) -> Figures:
    """Read all columns of figures in one line, the department's own before those on joint checks.

    Where two columns give the same figure the first counts; a second one that differs is a fault.
    """
    figures = _level_caps(line, columns, fault)
    measured = [column for column in columns if column.meaning == Meaning.MEASURE and column.figures is not None]
    for column in sorted(measured, key=lambda column: column.rank):
        text = stripped(line.texts[column.index])
        if is_empty(text) or (column.has_methods and not _FIGURE.search(folded(text))):
            continue
        measure = read_measure(f"{column.label}:{text}" if column.label else text, _asked(column))
        for code in _telling(measure, column):
            fault(column, code, text)
        figures = _with(figures, _told(measure, column), column, text, fault)
    return _from_target(figures, line, columns, fault)


def _asked(column: SheetColumn) -> Column:
    return column.figures or Column(asked=Asked.RATIO)


def _told(measure: Measure, column: SheetColumn) -> Measure:
    """Leave out the empty figures of a column that is also the target's, where words are no figure."""
    if not column.is_target or measure.ratio is None or measure.ratio.min is not None or measure.ratio.max is not None:
        return measure
    return replace(measure, ratio=None)


def _telling(measure: Measure, column: SheetColumn) -> tuple[str, ...]:
    if column.is_target and measure.quantity is None:
        return tuple(code for code in measure.codes if not code.endswith(("not_understood", "by_reference")))
    return measure.codes


def _with(figures: Figures, measure: Measure, column: SheetColumn, text: str, fault: FaultSink) -> Figures:
    for name in ("ratio", "quantity", "frequency", "cap"):
        new, old = getattr(measure, name), getattr(figures, name)
        if new is None:
            continue
        if old is None or _says_nothing(old):
            figures = replace(figures, **{name: new})
        elif not _says_nothing(new) and not _same(old, new) and not column.rank:
            fault(column, "value_differs", text)
    if measure.by_class:
        figures = replace(figures, by_class=dict(sorted({**measure.by_class, **figures.by_class}.items())))
    return figures


def _bounds(figure: Ratio | Quantity | Frequency | Cap) -> tuple[object, ...]:
    return (getattr(figure, "min", None), figure.max, getattr(figure, "per", None))


def _says_nothing(figure: Ratio | Quantity | Frequency | Cap) -> bool:
    return all(bound is None for bound in _bounds(figure))


def _same(one: Ratio | Quantity | Frequency | Cap, other: Ratio | Quantity | Frequency | Cap) -> bool:
    return _bounds(one) == _bounds(other)


def _level_caps(line: Line, columns: Sequence[SheetColumn], fault: FaultSink) -> Figures:
    """Read caps by level (市级, 区级): one cap where the levels agree, a fault where they do not."""
    caps = []
    for column in columns:
        text = stripped(line.texts[column.index])
        if column.meaning == Meaning.LEVEL_CAP and not is_empty(text):
            measure = read_measure(text, _asked(column))
            for code in measure.codes:
                fault(column, code, text)
            caps.append((column, text, measure.cap))
    if not caps:
        return Figures()
    values = {(cap.max, cap.per) for _, _, cap in caps if cap is not None}
    whole = "；".join(f"{folded(column.header)[-2:]}{text}" for column, text, _ in caps)
    if len(values) == 1:
        cap = next(cap for _, _, cap in caps if cap is not None)
        return Figures(cap=replace(cap, text=caps[0][1] if len({text for _, text, _ in caps}) == 1 else whole))
    if values:
        fault(caps[0][0], "cap_by_level", whole)
    return Figures(cap=Cap(text=whole)) if values else Figures()


def _from_target(figures: Figures, line: Line, columns: Sequence[SheetColumn], fault: FaultSink) -> Figures:
    """Find a share that stands in the target's column (`辖区学校总数的20%`) where no column asks for one."""
    if figures.ratio is not None or any(c.figures and c.figures.asked & Asked.RATIO for c in columns):
        return figures
    for column in columns:
        text = line.texts[column.index]
        if column.meaning == Meaning.TARGET and _SHARE_OF_TARGETS.search(folded(text)):
            fault(column, "wrong_column", text)
            return replace(figures, ratio=read_measure(text, Column(asked=Asked.RATIO)).ratio)
    return figures
