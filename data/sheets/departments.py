"""Owns names of departments in a cell: splitting, shared endings, sections and roles. Knows no organisation table."""

import re
from dataclasses import dataclass
from functools import lru_cache

from data.sheets.cells import CJK, distinct, is_empty, one_line, stripped

_ENDINGS = (
    "部门|主管部门|机构|机关|局|委员会|委|办公室|办|院|厅|队|中心|处|科|股|室|站|所|会|"
    "政府|公司|银行|支行|分局|大队|支队|部|署|馆|团|联社|组"
)
_SHARED = re.compile(r"(?:行政主管|行政管理|行政|主管|监管|监督管理|管理|执法)?(?:部门|机构|机关)$")
_ENDS = re.compile(rf"(?:{_ENDINGS})$")
_LEVEL = re.compile(
    r"^(?:、|各|本|全|国家|省|市|州|盟|区|县|旗|镇|乡|街道|所|两|级及以上|级|和|或|及|以上|"
    r"[(（](?:市|区|县|旗|市、区|市、县|县、区|区、市)[)）])+$"
)
_LEVEL_BRACKET = re.compile(r"^[市区县旗州省镇乡、,，/及和或\s]+$")
_BRACKETS = re.compile(r"[（(]([^（()）]*(?:[（(][^（()）]*[）)][^（()）]*)*)[）)]")
_STRONG = re.compile(r"[、，,;；/\n]|(?<=[局委部门办院厅队])(?:以及|会同|联合|和|与|及|或)")
_BLANK = re.compile(r"\s+")
_NO_DEPARTMENT = re.compile(r"根据|按照|视|需要|实际|相关|有关|待定|确定|各成员|不涉及")
_HELPING = re.compile(r"(?:牵头)?(?P<names>.*?)(?:等)?(?:积极|共同)?(?:配合|参与|参加|协助|协同)(?:检查|部门|单位)?$")
_LEADING = re.compile(r"(?P<names>.*?)(?:统一)?(?:牵头|发起|负责|组织|主办)(?:组织|发起|实施)?(?:检查|部门|单位)?$")
_ROLE_LABEL = re.compile(
    r"(?P<role>牵头|发起|主办|配合|参与|联合|协助|协同)(?:部门|单位|科室|处室|股室|机构)?[:：为是]"
)
_HELPER_ROLES = frozenset({"配合", "参与", "联合", "协助", "协同"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The departments of one cell: who leads, who helps, and what names no department."""

    leads: tuple[str, ...] = ()
    helps: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()


@lru_cache(maxsize=4096)
def read_departments(text: str) -> Names:
    """Read one cell of departments.

    Sections and items in brackets are taken out, joined names split, a shared ending given to each
    (`教育、卫生健康部门`: two), helpers named inside the cell (`(县市场监管局配合)`) put apart. Levels stay with
    their department (`市、县级教育行政部门`: one).
    """
    if is_empty(text):
        return Names()
    labelled = _labelled(stripped(text))
    if labelled is not None:
        return labelled
    bare, inside = _without_brackets(stripped(text))
    helps = [name for note in inside for name in _helpers(note)]
    leads: list[str] = []
    unclear: list[str] = []
    for clause in re.split(r"[。;；]", bare):
        helper, leader = _HELPING.fullmatch(clause), _LEADING.fullmatch(clause)
        for part in re.split(r"[,，](?=[^,，]*(?:配合|参与|参加|协助)$)", clause) if helper else [clause]:
            role = _HELPING.fullmatch(part) if helper else None
            names = _split(role["names"] if role else leader["names"] if leader and leader["names"] else _lead_of(part))
            good = [name for name in names if not _is_unclear(name)]
            unclear += [name for name in names if _is_unclear(name)]
            (helps if role else leads).extend(good)
    return Names(leads=distinct(leads), helps=distinct(helps), unclear=distinct(unclear))


def _lead_of(part: str) -> str:
    leader = _LEADING.fullmatch(stripped(part))
    return leader["names"] if leader and leader["names"] else part


def _is_unclear(name: str) -> bool:
    return bool(_NO_DEPARTMENT.search(name)) and not _ENDS.search(re.sub(r"(?:相关|有关)(?:部门|单位)$", "", name))


def _labelled(text: str) -> Names | None:
    """Read `牵头部门:甲局;配合部门:乙局、丙局`; None when the cell has no such labels."""
    labels = list(_ROLE_LABEL.finditer(text))
    if not labels:
        return None
    leads: list[str] = []
    helps: list[str] = []
    for index, label in enumerate(labels):
        end = labels[index + 1].start() if index + 1 < len(labels) else len(text)
        names = _split(_without_brackets(text[label.end() : end])[0])
        (helps if label["role"] in _HELPER_ROLES else leads).extend(names)
    return Names(leads=distinct(leads), helps=distinct(helps))


def _without_brackets(text: str) -> tuple[str, list[str]]:
    inside: list[str] = []

    def replaced(match: re.Match[str]) -> str:
        if _LEVEL_BRACKET.fullmatch(match.group(1)):
            return match.group(0)
        inside.append(match.group(1))
        return ""

    return _BRACKETS.sub(replaced, text), inside


def _helpers(note: str) -> list[str]:
    match = _HELPING.fullmatch(stripped(note))
    return [name for name in _split(match["names"]) if _ENDS.search(name)] if match else []


def _split(text: str) -> list[str]:
    """Split joined names; a piece that is only a level, or a word broken by a blank, stays with what follows."""
    pieces = _joined_levels(_strong_pieces(text))
    names = [name for piece in pieces for name in _at_blanks(piece)]
    return [_tidy(name) for name in _with_shared_ending(names) if _tidy(name)]


def _strong_pieces(text: str) -> list[str]:
    pieces = [""]
    depth = 0
    for index, sign in enumerate(text):
        depth += (sign in "(（") - (sign in ")）")
        match = _STRONG.match(text, index)
        if (
            match
            and depth <= 0
            and not (sign == "\n" and not _ENDS.search(pieces[-1].strip()) and not pieces[-1].strip().endswith("级"))
        ):
            pieces.append("" if len(match.group(0)) == 1 and not _is_word(match.group(0)) else sign)
        elif match and depth <= 0:
            continue
        else:
            pieces[-1] += sign
    return [re.sub(r"^(?:以及|会同|联合|和|与|及|或)", "", piece.strip()) for piece in pieces if piece.strip()]


def _is_word(sign: str) -> bool:
    return bool(re.fullmatch(f"[{CJK}]+", sign))


def _joined_levels(pieces: list[str]) -> list[str]:
    joined: list[str] = []
    for piece in pieces:
        if joined and _LEVEL.fullmatch(joined[-1]):
            joined[-1] = f"{joined[-1]}、{piece}"
        else:
            joined.append(piece)
    return joined


def _at_blanks(piece: str) -> list[str]:
    """Split at a blank only where a whole name stands before it; other blanks were put into a word."""
    names: list[str] = []
    for part in _BLANK.split(piece.strip()):
        if names and (not _ENDS.search(names[-1]) or part in {"部门", "机构", "局", "委"}):
            names[-1] += part
        else:
            names.append(part)
    return names


def _with_shared_ending(names: list[str]) -> list[str]:
    """Give names without an ending of their own the one that the next name brings (`公安、税务部门`)."""
    completed: list[str] = []
    ending = ""
    for name in reversed(names):
        if _ENDS.search(name):
            shared = _SHARED.search(name)
            ending = _generic(shared.group(0)) if shared else _office(name)
            completed.append(name)
        else:
            completed.append(name + ending if ending and not _is_unclear(name) else name)
    return completed[::-1]


def _generic(ending: str) -> str:
    return next(word for word in ("部门", "机构", "机关") if ending.endswith(word))


def _office(name: str) -> str:
    """Share 局 as well: `教育、卫健局` is two; names that end in 委 or 办 are too much their own."""
    return "局" if name.endswith("局") else ""


def _tidy(name: str) -> str:
    name = one_line(name).strip("、,，;；:：。 等")
    name = re.sub(r"^由(?=.{2})|等(?=(?:部门|机构|单位)$)", "", name)
    return name.replace("部门部门", "部门")
