"""Owns figures by credit-risk class: `A类3%、B类5%`, `守信1%`, `低风险对象7家`. Knows no columns.

The names follow the two ladders in use: low, middling, higher and high risk (the general classification of market
regulation) and 守信, 警示, 失信, 严重失信 (the older one); both are written A to D.
"""

import re
from dataclasses import dataclass

from data.sheets.cells import stripped

_LADDER = {
    "严重失信": "D",
    "失信": "C",
    "警示": "B",
    "守信": "A",
    "较高风险": "C",
    "高风险": "D",
    "一般风险": "B",
    "中风险": "B",
    "低风险": "A",
}
_NAMES = "|".join(sorted(_LADDER, key=len, reverse=True))
_LABEL = re.compile(
    rf"(?:(?<![A-Za-z0-9])(?P<letter>[A-DＡ-Ｄ])(?![A-Za-z]|级景区)|(?P<name>{_NAMES}))"
    r"(?:[（(][^（()）]*[^\d（()）%％户家个次][）)])?(?:类|级)?(?:风险)?(?:企业|对象|主体|单位|市场主体)*"
)
_RESPECTIVELY = re.compile(r"分别")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassPart:
    """What a text says of one class: `label` A to D, `text` as written with its label, `rest` without it."""

    label: str
    text: str
    rest: str


def class_parts(text: str) -> tuple[ClassPart, ...]:
    """Cut a text at its class names; () when it names none. Labels without figures of their own are kept too."""
    tail = after_classes(text)
    text = text[: len(text) - len(tail)] if tail else text
    labels = list(_LABEL.finditer(text))
    parts = []
    for index, match in enumerate(labels):
        end = labels[index + 1].start() if index + 1 < len(labels) else len(text)
        piece = _clipped(text[match.start() : end])
        label = _LADDER[match["name"]] if match["name"] else _half_width(match["letter"])
        parts.append(ClassPart(label=label, text=piece, rest=_clipped(text[match.end() : end])))
    return tuple(parts)


def before_classes(text: str) -> str:
    """Give what a text says before it names the first class."""
    match = _LABEL.search(text)
    return text[: match.start()] if match else text


def says_respectively(text: str) -> bool:
    """Say whether the classes are named first and their figures follow in the same order (`分别不超过2次、4次`)."""
    return bool(_RESPECTIVELY.search(text))


def after_classes(text: str) -> str:
    """Give what a text says of all classes together after it has named the last one (`…;总体不超过5%`)."""
    whole = re.search(r"[,，;；。\n]\s*((?:总体|合计|综合|总)(?:抽查)?(?:比例)?[^A-D]*)$", text)
    return whole.group(1) if whole else ""


def _half_width(letter: str) -> str:
    return chr(ord(letter) - 0xFEE0) if ord(letter) > 0xFF00 else letter


def _clipped(text: str) -> str:
    """Cut at the first full stop or line break, where a sentence on something else begins, and trim the edges."""
    return stripped(re.split(r"[。\n]", text, maxsplit=1)[0]).strip("、，,;； ").lstrip("：:").removesuffix("比例抽取")
