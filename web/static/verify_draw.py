"""Checks the published document of a draw from nothing but its text. 核对公开的抽取文件。Standard library only.

python3 verify_draw.py FILE...          0: right 正确   1: wrong 不符   2: cannot be read 读不出
python3 verify_draw.py secret [sm3]     makes a secret, its salt and the commitment 生成密语、盐和承诺
"""

import hashlib
import json
import secrets
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

LIST = "algorithm blind class_months draw excluded officers organisation quota strata task terms"
OUT = "closed whitelisted quiet cap recused"
CREW = "not_serving certificate skill recused absent busy travel evenness by_hand kept"


def h(name: str, text: str) -> str:
    return hashlib.new(name, text.encode()).hexdigest()


def share(n: int, r: str | None) -> int:
    return max(1, int(n * Fraction(r) + Fraction(1, 2))) if n and r and Fraction(r) else 0


def take(quota: dict[str, Any], sizes: dict[str, int]) -> dict[str, int]:
    """R57: halves go up, at least one; R52: up to the floor, worst class first."""
    whole = sum(sizes.values())
    if quota["by_class"]:
        got = {k: share(n, quota["by_class"].get(k, quota["ratio"])) for k, n in sizes.items()}
    else:
        total = share(whole, quota["ratio"]) if quota["quantity"] is None else min(whole, quota["quantity"])
        got = {k: n * total // whole for k, n in sizes.items()}
        rest = sorted(sizes, key=lambda k: (-Fraction(sizes[k] * total % whole), k)) if whole else []
        got |= {k: got[k] + 1 for k in rest[: total - sum(got.values())]}
    for k in sorted(sizes, reverse=True):
        need = -int(Fraction(quota.get("floor") or 0) * -whole // 1) - sum(got.values())
        got[k] += min(max(need, 0), sizes[k] - got[k])
    return got


def crew(d: dict[str, Any], r: dict[str, Any], name: str) -> bool:
    """Whoever is ranked before somebody who goes, goes too or has a reason. 排在前面的，要么去，要么有理由。"""
    uid = h(name, "|".join([d["draw"], d["request_blind"], r["task"], r["site"], d["organisation"]]))[:32]
    rank = sorted((u for _, u in d["officers"]), key=lambda u: (h("sha256", f"{int(d['seed'], 16)}|{uid}|{u}"), u))
    goes, out = set(r["chosen"]), {u for u, why in r["skipped"] if why in CREW.split()}
    head = set(rank[: 1 + max((rank.index(u) for u in goes & set(rank)), default=-1)])
    return uid == r["request"] and len(goes) <= r["needed"] and not goes & out and goes | out == head


def faults(d: dict[str, Any]) -> list[str]:
    """Names of what does not follow. 不相符的项目。"""
    name = d["algorithm"].split("-")[0]
    if d["algorithm"] not in ("sha256-rank-1", "sha256-rank-2", "sm3-rank-2"):
        return ["algorithm"]
    said = {k: d[k] for k in set(LIST.split()) & set(d)}
    own = h(name, json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    parties = d.get("parties", [{"name": "system", "secret": d.get("secret"), "commitment": "", "salt": ""}])
    terms = {"mode": "one_party", "parties": ["system"], "fallback": "abort", "public_source": ""} | d.get("terms", {})
    value, source = d.get("public_value", ""), terms["public_source"]
    added = [p["commitment"] or "-" if p["secret"] is None else p["secret"] for p in parties]
    seed = h(name, "|".join([*sorted(d["list_hashes"]), *added, *([value] if value else [])]))
    key = f"{seed}|{d['blind']}" if d.get("blind") else seed
    bad = {"list_hash": own != d["list_hash"], "list_hashes": own not in d["list_hashes"], "seed": seed != d["seed"]}
    if "officers" in d:
        return [k for k in bad if bad[k]] + ["requests"] * (not all(crew(d, r, name) for r in d["requests"]))
    miss = terms["fallback"] != "proceed" or not value
    odd = [miss if p["secret"] is None else h(name, p["secret"] + "|" + p["salt"]) != p["commitment"] for p in parties]
    bad["parties"] = len(parties) != 1 or parties[0]["secret"] is None if terms["mode"] == "one_party" else any(odd)
    may = {bool(source), bool(source) and terms.get("value_fallback") != "without"}
    bad["parties"] |= [p["name"] for p in parties] != terms["parties"] or bool(value) not in may
    bad["excluded"] = any(why not in OUT.split() for _, _, why in d.get("excluded", []))
    bad["strata"] = any(sorted(set(map(tuple, v))) != list(map(tuple, v)) for v in d["strata"].values())
    took = take(d["quota"], {k: len(v) for k, v in d["strata"].items()})
    lots = {k: sorted((h(name, f"{key}|{k}|{s}"), s) for _, s in v)[: took[k]] for k, v in sorted(d["strata"].items())}
    return [k for k in bad if bad[k]] + ["drawn"] * ([s for lot in lots.values() for _, s in lot] != d["drawn"])


def main(args: list[str]) -> int:
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
