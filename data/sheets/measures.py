"""Owns what a cell of figures says as a whole: share, number, frequency and cap, each with its text and faults.

People write all four in any of their columns, so one reader serves every column; the column only says what a bare
number means. Knows no rows and no tasks.
"""

import re
from dataclasses import dataclass, field, replace
from enum import Flag, auto
from functools import lru_cache

from data.sheets.cells import folded, is_empty, stripped
from data.sheets.classes import ClassPart, after_classes, before_classes, class_parts, says_respectively
from data.sheets.counts import Count, bare_count, find_counts
from data.sheets.frequencies import Times, bare_times, every_time, find_times
from data.sheets.model import Cap, ClassMeasure, Frequency, Per, Quantity, Ratio
from data.sheets.pieces import Piece, cell_pieces, plain_figures, unbalanced
from data.sheets.ratios import Share, bare_share, find_shares, is_staff_ratio

_LEVEL = re.compile(r"(?:省|市|区|县)(?:\([^()]*\))?级")
_CONDITION = re.compile(
    r"(?<![不得])(?:超过|不足|少于|大于|小于)\d+(?:所|家|户|个)|\d+(?:所|家|户|个)(?:\(含\))?(?:及)?(?:以下|以上)的?[^\d,;]*(?:不|至少|全|抽|按)"
)
_REFERENCE = re.compile(
    r"根据|按照?|参照|依据|视|详见|规定|要求|实际|需要|另行|确定|文件|方案|执行|统一|不定期|随机|适时|上级|结合|自定|待定|动态"
)
_BASE = re.compile(r"基数[:为约]*\d+(?:\.\d+)?万?")
_WORDED_FREQUENCY = re.compile(r"频次|频率|次数|周期")
_DETAIL = re.compile(r"^其中")
_YEARS = re.compile(
    r"\d{4}年度?|\d{4}(?=上半年|下半年)|\d{1,2}月\d{1,2}日|\d{1,2}月份?|第?[\d一二三四五六七八九十]+[条款项]|\d{1,2}周岁"
)
_TIMES_WITHOUT_UNIT = re.compile(r"^(?:抽查|检查|频次:?|每年|各|[>=≥]){0,3}\d+/?(?:年)?$")


_Bounds = tuple[float | None, float | None]


class Asked(Flag):
    """What a column asks for, by its header."""

    RATIO = auto()
    QUANTITY = auto()
    FREQUENCY = auto()
    CAP = auto()
    CLASSES = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What the header of a column of figures says. `percent`: it has the % sign; `cap_per`: its 年度 or the like."""

    asked: Asked
    percent: bool = False
    scale: int = 1
    per: Per | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What one cell says; `codes` are the codes of its faults, whose text is the cell."""

    ratio: Ratio | None = None
    quantity: Quantity | None = None
    frequency: Frequency | None = None
    cap: Cap | None = None
    by_class: dict[str, ClassMeasure] = field(default_factory=dict)
    codes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.ratio or self.quantity or self.frequency or self.cap or self.by_class or self.codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The figures of one piece."""

    piece: Piece
    shares: tuple[Share, ...] = ()
    counts: tuple[Count, ...] = ()
    times: tuple[Times, ...] = ()
    left_over: bool = False


@lru_cache(maxsize=4096)
def read_measure(text: str, column: Column) -> Measure:
    """Read one cell of figures. Never raises: what is not understood keeps its text and gets a code."""
    text = stripped(text)
    if is_empty(text):
        return Measure()
    by_class, codes = _by_class(text, column)
    if by_class:
        whole = _without_classes(text, column)
        broken = ("sign_missing",) if unbalanced(text) else ()
        return replace(whole, by_class=by_class, codes=tuple(dict.fromkeys((*whole.codes, *codes, *broken))))
    if column.asked == Asked.CLASSES:
        return Measure(codes=_class_codes(text))
    found = _with_bare(tuple(_figures(piece) for piece in cell_pieces(text)), column)
    if not any(part.shares or part.counts or part.times for part in found):
        return _without_figures(text, column)
    return _measured(text, found, column)


def _class_codes(text: str) -> tuple[str, ...]:
    return ("class_damaged",) if re.search(r"\d+(?:\.\d+)?%", folded(text)) else ()


def _figures(piece: Piece) -> _Found:
    plain = piece.plain
    shares = find_shares(plain)
    times = find_times(plain)
    every = every_time(plain)
    if every is not None and not times:
        times = (every,)
    taken = [*((share.start, share.end) for share in shares), *((time.start, time.end) for time in times)]
    counts = tuple(part for part in find_counts(plain) if not _overlaps(part, taken))
    if _DETAIL.match(plain) and not shares:
        counts = ()
    elif len(counts) > 1:
        counts = tuple(part for part in counts if not part.is_base) or counts
    rest = _rest(plain, [*taken, *((part.start, part.end) for part in find_counts(plain))])
    return _Found(piece=piece, shares=shares, counts=counts, times=times, left_over=bool(re.search(r"\d", rest)))


def _overlaps(part: Count, taken: list[tuple[int, int]]) -> bool:
    return any(part.start < end and start < part.end for start, end in taken)


def _rest(plain: str, taken: list[tuple[int, int]]) -> str:
    signs = list(plain)
    for start, end in taken:
        signs[start:end] = [" "] * (end - start)
    rest = _YEARS.sub("", _BASE.sub("", "".join(signs)))
    return re.sub(r"每\d+个?(?=年|月|$|至|不|\s)|\d年|第\d次|已?完成\d次|受到\d次|\d+:\d+", "", rest)


def _with_bare(found: tuple[_Found, ...], column: Column) -> tuple[_Found, ...]:
    """Read a cell that is only a number by what its column asks for."""
    if len(found) != 1 or found[0].shares or found[0].counts or found[0].times:
        return found
    plain = found[0].piece.plain
    if column.asked & (Asked.FREQUENCY | Asked.CAP) and not column.asked & (Asked.RATIO | Asked.QUANTITY):
        times = bare_times(plain)
        return (replace(found[0], times=(times,), left_over=False),) if times else found
    if column.asked == Asked.QUANTITY:
        count = bare_count(plain, scale=column.scale)
        return (replace(found[0], counts=(count,), left_over=False),) if count else found
    if column.asked & Asked.RATIO and column.percent:
        share = bare_share(plain)
        return (replace(found[0], shares=(share,), left_over=False),) if share else found
    return found


def _without_figures(text: str, column: Column) -> Measure:
    plain = plain_figures(text)
    if column.asked & Asked.RATIO:
        return Measure(ratio=Ratio(text=text), codes=(_unread("ratio", plain),))
    if column.asked & (Asked.FREQUENCY | Asked.CAP):
        if not re.search(r"\d", plain) and _REFERENCE.search(plain):
            return Measure(frequency=Frequency(text=text))
        return Measure(frequency=Frequency(text=text), codes=(_unread("frequency", plain),))
    return Measure(quantity=Quantity(text=text), codes=(_unread("quantity", plain),))


def _unread(name: str, plain: str) -> str:
    if name == "ratio" and is_staff_ratio(plain):
        return "ratio_is_staff"
    if re.fullmatch(r"[^\d,;%=A-Za-z]{0,8}\d+(?:\.\d+)?(?:-\d+(?:\.\d+)?)?", plain):
        return f"{name}_unit_missing"
    if re.search(r"\d", plain):
        return f"{name}_damaged"
    return f"{name}_by_reference" if _REFERENCE.search(plain) else f"{name}_not_understood"


def _measured(text: str, found: tuple[_Found, ...], column: Column) -> Measure:
    joined = _with_comments(found)
    ratio, ratio_codes = _ratio(text, joined)
    quantity, quantity_codes = _quantity(text, joined, has_ratio=ratio is not None)
    frequency, frequency_codes = _frequency(text, joined, column)
    cap, cap_codes = _cap(joined, column)
    codes = (*ratio_codes, *quantity_codes, *frequency_codes, *cap_codes, *_left_over(joined, column))
    if unbalanced(text):
        codes = (*codes, "sign_missing")
    return Measure(ratio=ratio, quantity=quantity, frequency=frequency, cap=cap, codes=tuple(dict.fromkeys(codes)))


def _with_comments(found: tuple[_Found, ...]) -> tuple[_Found, ...]:
    """Put a piece without figures to the text of the one before it, so that no word is lost."""
    joined: list[_Found] = []
    for part in found:
        empty = _is_comment(part)
        if joined and (empty or _is_comment(joined[-1])):
            before = joined.pop()
            piece = _glued(before.piece, part.piece)
            joined.append(replace(before if empty else part, piece=piece))
        else:
            joined.append(part)
    return tuple(joined)


def _is_comment(part: _Found) -> bool:
    silent = not (part.shares or part.counts or part.times or part.left_over)
    return silent and not _WORDED_FREQUENCY.search(part.piece.plain)


def _glued(first: Piece, second: Piece) -> Piece:
    plain = f"{first.plain},{second.plain}"
    return Piece(text=f"{first.text}{first.tail}{second.text}", plain=plain, tail=second.tail)


def _text_of(parts: list[_Found]) -> str:
    texts = [part.piece.text + (part.piece.tail or "；") for part in parts[:-1]]
    return "".join([*texts, parts[-1].piece.text])


def _ratio(text: str, found: tuple[_Found, ...]) -> tuple[Ratio | None, tuple[str, ...]]:
    parts = [part for part in found if part.shares]
    if not parts:
        return None, ()
    explicit = [part for part in parts if "%" in part.piece.plain]
    if explicit and len(explicit) < len(parts):
        # 全覆盖 beside a share in figures says the same in words, or it is said of something else.
        parts = explicit
    shares = list(dict.fromkeys((share.min, share.max) for part in parts for share in part.shares))
    codes = tuple(dict.fromkeys(share.code for part in parts for share in part.shares if share.code))
    if len(shares) == 2 and not codes:
        shares = _between(*shares)
    doubt = _ratio_doubt(found, several=len(shares) > 1)
    if doubt:
        return Ratio(text=text), (doubt,)
    if codes:
        return Ratio(text=_text_of(parts)), codes
    return Ratio(min=shares[0][0], max=shares[0][1], text=_text_of(parts)), ()


def _between(one: _Bounds, other: _Bounds) -> list[_Bounds]:
    """Put a lower and an upper bound together (`≥5%，≤10%`)."""
    if one[0] is None or one[1] is not None:
        one, other = other, one
    (low, above), (below, high) = one, other
    if low is not None and above is None and below is None and high is not None and low <= high:
        return [(low, high)]
    return [one, other]


def _ratio_doubt(found: tuple[_Found, ...], *, several: bool) -> str:
    """Say why a cell gives no single share: it depends on the base, on the level, or on the kind of target."""
    plain = "".join(part.piece.plain for part in found)
    if _CONDITION.search(plain):
        return "ratio_conditional"
    if any(part.left_over and "比例" in part.piece.plain for part in found if not part.shares):
        return "ratio_unit_missing"
    if several and len(_LEVEL.findall(plain)) > 1:
        return "ratio_by_level"
    if several or any(is_staff_ratio(part.piece.plain) for part in found):
        return "ratio_by_kind"
    return ""


def _quantity(text: str, found: tuple[_Found, ...], *, has_ratio: bool) -> tuple[Quantity | None, tuple[str, ...]]:
    parts = [part for part in found if part.counts]
    counts = [count for part in parts for count in part.counts]
    if len(counts) > 1:
        counts = [count for count in counts if not count.is_base] or counts
        parts = [part for part in parts if any(count in counts for count in part.counts)]
    if not counts:
        return None, ()
    if _CONDITION.search("".join(part.piece.plain for part in found)):
        return None if has_ratio else Quantity(text=text), () if has_ratio else ("quantity_conditional",)
    codes = tuple(dict.fromkeys(count.code for count in counts if count.code))
    values = list(dict.fromkeys((count.min, count.max) for count in counts))
    if len(values) > 1 or codes:
        return Quantity(text=text), codes or ("quantity_by_kind",)
    return Quantity(min=values[0][0], max=values[0][1], text=_text_of(parts)), ()


def _is_cap(times: Times, column: Column) -> bool:
    if times.capped:
        return True
    at_least = times.min is not None and times.max is None
    return Asked.CAP in column.asked and Asked.FREQUENCY not in column.asked and not at_least


def _frequency(text: str, found: tuple[_Found, ...], column: Column) -> tuple[Frequency | None, tuple[str, ...]]:
    parts = [part for part in found if any(not _is_cap(times, column) for times in part.times)]
    times = [one for part in parts for one in part.times if not _is_cap(one, column)]
    if not times:
        worded = [part for part in found if not part.times and _WORDED_FREQUENCY.search(part.piece.plain)]
        worded = [part for part in worded if not (part.shares or part.counts) and not part.left_over]
        return (Frequency(text=_text_of(worded)), ()) if worded else (None, ())
    values = list(dict.fromkeys((one.min, one.max, one.per) for one in times))
    if len(values) > 1:
        return Frequency(text=text), ("frequency_by_kind",)
    codes = tuple(dict.fromkeys(one.code for one in times if one.code))
    return Frequency(min=values[0][0], max=values[0][1], per=values[0][2], text=_text_of(parts)), codes


def _cap(found: tuple[_Found, ...], column: Column) -> tuple[Cap | None, tuple[str, ...]]:
    parts = [part for part in found if any(_is_cap(times, column) for times in part.times)]
    times = [one for part in parts for one in part.times if _is_cap(one, column)]
    if not times:
        return None, ()
    values = list(dict.fromkeys((one.max, _cap_per(one, column)) for one in times))
    codes = tuple(dict.fromkeys(one.code for one in times if one.code))
    if len(values) > 1:
        return Cap(text=_text_of(parts)), ("cap_by_kind",)
    return Cap(max=values[0][0], per=values[0][1], text=_text_of(parts)), codes


def _cap_per(times: Times, column: Column) -> Per | None:
    """Caps are set by the year unless they say otherwise (年度频次上限)."""
    return times.per if times.stated or times.code else column.per or Per.YEAR


def _left_over(found: tuple[_Found, ...], column: Column) -> tuple[str, ...]:
    codes = []
    for part in found:
        shareless = "比例" in part.piece.plain and not part.shares  # told by the share's own code
        if part.left_over and not shareless and not _CONDITION.search(part.piece.plain):
            alone = not (part.shares or part.counts or part.times)
            times = alone and _TIMES_WITHOUT_UNIT.match(part.piece.plain) and Asked.RATIO in column.asked
            codes.append("frequency_damaged" if times else "figure_damaged")
    return tuple(dict.fromkeys(codes))


def _by_class(text: str, column: Column) -> tuple[dict[str, ClassMeasure], tuple[str, ...]]:
    parts = class_parts(text)
    if not parts:
        return {}, ()
    if says_respectively(text):
        return _respectively(text, parts, column), ()
    measures: dict[str, ClassMeasure] = {}
    codes: list[str] = []
    for part in parts:
        inner = (
            read_measure(part.rest, replace(column, asked=column.asked & ~Asked.CLASSES or Asked.RATIO))
            if part.rest
            else Measure()
        )
        if inner.by_class or not (inner.ratio or inner.quantity or inner.frequency or inner.cap):
            continue
        if not re.search(r"\d|全覆盖", part.rest):
            continue
        measures.setdefault(part.label, _class_measure(inner, part.text))
        codes.extend(code for code in inner.codes if code != "sign_missing")
    return dict(sorted(measures.items())), (*dict.fromkeys(codes), *_order_codes(measures))


def _class_measure(inner: Measure, text: str) -> ClassMeasure:
    return ClassMeasure(
        ratio=replace(inner.ratio, text=text) if inner.ratio else None,
        quantity=replace(inner.quantity, text=text) if inner.quantity else None,
        frequency=replace(inner.frequency, text=text) if inner.frequency else None,
        cap=replace(inner.cap, text=text) if inner.cap else None,
    )


def _respectively(text: str, parts: tuple[ClassPart, ...], column: Column) -> dict[str, ClassMeasure]:
    """Give the figures after 分别 to the classes named before it, when there are as many of them."""
    listed = parts[-1].rest.partition("分别")[2] or text.partition("分别")[2]
    figures = [figure for figure in re.split(r"[、,，和及]", listed) if re.search(r"\d", figure)]
    if len(figures) != len(parts) or len({part.label for part in parts}) != len(parts):
        return {}
    lead = re.match(r"\D*", figures[0])
    bound = lead.group(0) if lead else ""
    yearly = replace(column, per=column.per or Per.YEAR)
    measures = {}
    for part, figure in zip(parts, figures, strict=True):
        inner = read_measure(figure if figure.startswith(bound) else bound + figure, yearly)
        measures[part.label] = _class_measure(inner, text)
    return measures


def _without_classes(text: str, column: Column) -> Measure:
    """Read what stands before the first class (`总体比例不超过5%,A类…`), where it has figures."""
    rest = before_classes(text)
    rest = rest if re.search(r"\d", rest) else after_classes(text)
    if not re.search(r"\d", rest) or says_respectively(text):
        return Measure()
    return read_measure(rest, replace(column, asked=column.asked & ~Asked.CLASSES or Asked.RATIO))


def _order_codes(measures: dict[str, ClassMeasure]) -> tuple[str, ...]:
    """Doubt a sheet whose class A is drawn more than its class D: some places call the highest risk A."""
    ratios = [measures[label].ratio for label in sorted(measures)]
    values = [ratio.min if ratio.min is not None else ratio.max for ratio in ratios if ratio is not None]
    known = [value for value in values if value is not None]
    return ("class_order_doubtful",) if len(known) > 1 and known[0] > known[-1] else ()
