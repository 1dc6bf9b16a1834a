"""Owns ways of inspecting as people write them: `现场检查、网络检查`. Knows no columns."""

import re
from functools import lru_cache

from data.sheets.cells import distinct, is_empty, one_line

_KIND = (
    "检查|核查|抽查|巡查|监测|检测|监控|评查|查阅|资料|抽样|检验|检疫|抽取|暗访|约谈|调查|勘查|勘验|询问|走访|审查|审核|评估|"
    "监管|随机|覆盖|定向|投诉|抽检|自查|互查|督查|督导|核对|比对|问卷|访谈|鉴定|执法|方式|取证|测试|统计|现场|书面|网络|非现场"
)
_METHOD = re.compile(rf"(?:{_KIND})(?:等|方式|形式)*$")
_SPLIT = re.compile(r"[、，,;；/\n+＋。]+")
_JOINED = re.compile(r"(?<=检查|核查|抽查|监测|评查|资料|检测|抽样|检验|执法|覆盖|随机)(?:以及|及|和|与|或|并|相结合)")
_RUN_TOGETHER = re.compile(r"(?<=检查|核查|抽查|评查|监测)(?=现场|书面|网络|网上|实地|在线|案卷|非现场|查阅|抽样|专业)")
_NAMED = re.compile(
    r"非现场检查|现场检查|书面检查|书面抽查|网络检查|网上检查|网络监测|网上抽查|实地核查|实地检查|现场抽查|在线监测|查阅资料|"
    r"案卷评查|质量检查|专业机构检查|委托第三方|抽样检测|抽样检验|远程检查|视频检查"
)
_TAIL = re.compile(r"(?:相?结合|等(?:方式|形式)?|的方式|方式)$")


@lru_cache(maxsize=4096)
def read_methods(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split a cell into (methods as written, pieces that are no method)."""
    if is_empty(text):
        return (), ()
    pieces = [part for piece in _SPLIT.split(_without_gaps(text)) for part in _parts(piece)]
    cleaned = [_clean(piece) for piece in pieces]
    methods = [piece for piece in cleaned if _METHOD.search(piece)]
    strange = [piece for piece in cleaned if piece and not _METHOD.search(piece)]
    return distinct(methods), distinct(strange)


def find_methods(text: str) -> tuple[str, ...]:
    """Find known methods in a cell that speaks of other things too (`检查方式、比例、频次`)."""
    return distinct([match.group(0) for match in _NAMED.finditer(_without_gaps(text))])


def _without_gaps(text: str) -> str:
    """Close gaps inside words; a blank or line break after a whole method parts two of them."""
    parted = re.sub(r"(?<=检查|核查|抽查|评查|监测|资料)[\s\u3000]+", "、", text.strip())
    return re.sub(r"[\s\u3000]+", "", one_line(parted))


def _parts(piece: str) -> list[str]:
    return [part for joined in _JOINED.split(piece) for part in _RUN_TOGETHER.split(joined)]


def _clean(piece: str) -> str:
    return _TAIL.sub("", re.sub(r"^(?:采取|采用|通过|以|\d+[.、])", "", piece)).strip("（）() :：")
