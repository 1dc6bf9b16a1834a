"""Checks the published document of a draw from nothing but its text. 核对公开的抽取文件。Standard library only.

python3 verify_draw.py FILE...          0: right 正确   1: wrong 不符   2: cannot be read 读不出
python3 verify_draw.py secret [sm3]     makes a secret, its salt and the commitment 生成密语、盐和承诺
"""

import hashlib
import json
import math
import secrets
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

LIST = {"algorithm", "blind", "class_months", "draw", "excluded", "officers", "organisation", "quota", "strata"}
LIST |= {"task", "terms"}
REASONS = {"closed", "whitelisted", "quiet", "cap", "recused"}


def h(name: str, text: str) -> str:
    return hashlib.new(name, text.encode()).hexdigest()


def share(n: int, r: str | None) -> int:
    return max(1, math.floor(n * Fraction(r) + Fraction(1, 2))) if n and r and Fraction(r) else 0


def take(quota: dict[str, Any], sizes: dict[str, int]) -> dict[str, int]:
    """R57: halves go up, at least one; R52: up to the floor, worst class first."""
    whole = sum(sizes.values())
    if quota["by_class"]:
        got = {k: share(n, quota["by_class"].get(k, quota["ratio"])) for k, n in sizes.items()}
    else:
        total = share(whole, quota["ratio"]) if quota["quantity"] is None else min(whole, quota["quantity"])
        got = {k: n * total // whole for k, n in sizes.items()}
        rest = sorted(sizes, key=lambda k: (-Fraction(sizes[k] * total % whole), k)) if whole else []
        for k in rest[: total - sum(got.values())]:
            got[k] += 1
    for k in sorted(sizes, reverse=True):
        need = math.ceil(Fraction(quota.get("floor") or 0) * whole) - sum(got.values())
        got[k] += min(max(need, 0), sizes[k] - got[k])
    return got


def faults(d: dict[str, Any]) -> list[str]:
    """Names of what does not follow. 不相符的项目。"""
    name = d["algorithm"].split("-")[0]
    if d["algorithm"] not in ("sha256-rank-1", "sha256-rank-2", "sm3-rank-2"):
        return ["algorithm"]
    core = json.dumps({k: d[k] for k in LIST if k in d}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    parties = d.get("parties", [{"name": "system", "secret": d.get("secret"), "commitment": "", "salt": ""}])
    first = {"mode": "one_party", "parties": ["system"], "fallback": "abort", "public_source": ""}
    terms, value = d.get("terms", first), d.get("public_value", "")
    alone, may_miss = terms["mode"] == "one_party", terms["fallback"] == "proceed" and value != ""
    added = [p["commitment"] or "-" if p["secret"] is None else p["secret"] for p in parties]
    seed = h(name, "|".join([*sorted(d["list_hashes"]), *added, *([value] if value else [])]))
    key = "|".join([seed, d["blind"]] if d.get("blind") else [seed])
    bad = {"list_hash": h(name, core) != d["list_hash"], "list_hashes": h(name, core) not in d["list_hashes"]}
    bad["seed"] = seed != d["seed"]
    odd = [
        not may_miss if p["secret"] is None else h(name, f"{p['secret']}|{p['salt']}") != p["commitment"]
        for p in parties
    ]
    bad["parties"] = len(parties) != 1 or parties[0]["secret"] is None if alone else any(odd)
    bad["parties"] |= [p["name"] for p in parties] != terms["parties"] or bool(value) != bool(terms["public_source"])
    bad["excluded"] = any(reason not in REASONS for _, _, reason in d.get("excluded", []))
    bad["strata"] = any(
        sorted({tuple(pair) for pair in v}) != [tuple(pair) for pair in v] for v in d["strata"].values()
    )
    took, drawn = take(d["quota"], {k: len(v) for k, v in d["strata"].items()}), []
    for k in sorted(d["strata"]):
        drawn += sorted((s for _, s in d["strata"][k]), key=lambda s: (h(name, f"{key}|{k}|{s}"), s))[: took[k]]
    bad["drawn"] = drawn != d["drawn"]
    return [k for k, wrong in bad.items() if wrong]


def main(args: list[str]) -> int:
    """Return the exit code."""
    if args[:1] == ["secret"]:
        name, secret, salt = (args[1:] or ["sha256"])[0], secrets.token_hex(16), secrets.token_hex(16)
        print("secret 密语", secret, "salt 盐", salt, "commitment 承诺", h(name, f"{secret}|{salt}"), sep="\n")
        return 0
    code = 0 if args else 2
    for path in args:
        try:
            found = faults(json.loads(Path(path).read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            print(f"{path}: cannot be read 读不出: {error!r}")
            return 2
        code = max(code, 1 if found else 0)
        print(f"{path}: FAIL 不符: {', '.join(found)}" if found else f"{path}: OK 与公开内容一致")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
