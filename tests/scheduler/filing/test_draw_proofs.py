"""What a draw promises, tried from outside: an independent verifier, cheats, fairness (D1, D2, D3, D5, D6)."""

from __future__ import annotations

import hashlib
import json
import math
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from data.enums import DrawFallback, DrawMode, HashKind
from scheduler.filing.draw_method import (
    Contribution,
    FrozenList,
    Quota,
    Sources,
    Terms,
    commitment_of,
    document_faults,
    draw,
    draw_document,
    freeze_list,
    one_party,
    takes_of,
)

ROOT = Path(__file__).resolve().parents[3]
VERIFIER = ROOT / "web" / "static" / "verify_draw.py"
SITES = [("ABCD"[number % 4], f"9132{number:014d}", f"site{number:04d}") for number in range(40)]
QUOTAS = (
    Quota(ratio="0.1"),
    Quota(quantity=7),
    Quota(by_class={"A": "0.05", "D": "1"}),
    Quota(by_class={"A": "0.01"}, ratio="0.2", floor="0.25"),
    Quota(ratio="0.01", floor="0.3"),
    Quota(quantity=3, floor="0.05"),
)


def contributions(rng: random.Random, kind: HashKind, number: int, *, kept_back: bool) -> tuple[Contribution, ...]:
    made = []
    for place in range(number):
        secret, salt = f"secret-{rng.random()}", f"{rng.getrandbits(64):x}"
        told = None if kept_back and place == number - 1 else secret
        commitment = commitment_of(kind, secret, salt)
        made.append(Contribution(name=f"方{place}", commitment=commitment, salt=salt if told else "", secret=told))
    return tuple(made)


def document_of(number: int) -> str:
    """One of endlessly many different draws."""
    rng = random.Random(number)
    kind = HashKind.SM3 if number % 3 == 0 else HashKind.SHA256
    sites = rng.sample(SITES, rng.randint(0, 40))
    parties, kept_back = number % 4, number % 8 > 4
    source = "彩票第1期" if kept_back else ""
    alone = parties < 2
    terms = Terms(
        kind=kind,
        draw=f"draw{number}",
        mode=DrawMode.ONE_PARTY if alone else DrawMode.PARTIES,
        fallback=DrawFallback.PROCEED if kept_back and not alone else DrawFallback.ABORT,
        parties=("system",) if alone else tuple(f"方{place}" for place in range(parties)),
        public_source="" if alone else source,
    )
    excluded = [("9132", "gone", "closed")] if number % 2 else []
    blind = f"{rng.getrandbits(128):x}" if number % 5 == 0 else ""
    frozen = freeze_list("task", QUOTAS[number % 6], sites, excluded=excluded, terms=terms, blind=blind)
    hashes = (frozen.list_hash, "ab" * 32)
    sources = (
        one_party(hashes, "secret", kind=kind)
        if alone
        else Sources(
            kind=kind,
            list_hashes=hashes,
            contributions=contributions(rng, kind, parties, kept_back=kept_back),
            public_value="07" if source else "",
        )
    )
    return draw_document(frozen, sources, draw(frozen, sources.seed))


def verify(folder: Path, documents: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    paths = []
    for number, text in enumerate(documents):
        path = folder / f"{number}.json"
        path.write_text(text, encoding="utf-8")
        paths.append(str(path))
    return subprocess.run(
        [sys.executable, "-I", str(VERIFIER), *paths],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env=os.environ | {"PYTHONUTF8": "1"} | environment,
    )


def test_verifier_of_another_hand_agrees_on_a_hundred_draws(tmp_path: Path) -> None:
    documents = [document_of(number) for number in range(100)]
    assert {document_faults(text) for text in documents} == {()}

    answer = verify(tmp_path, documents)

    assert (answer.returncode, answer.stdout.count(": OK")) == (0, 100)


def test_verifier_is_short_and_stands_alone() -> None:
    text = VERIFIER.read_text(encoding="utf-8")
    imported = {line.split()[1] for line in text.splitlines() if line.startswith(("import ", "from "))}
    assert len(text.splitlines()) < 100
    assert imported <= set(sys.stdlib_module_names)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("strata", "A", 0, 1), "another"),
        (("strata", "A"), []),
        (("quota", "ratio"), "0.2"),
        (("excluded",), [["9132", "x", "no_reason"]]),
        (("parties", 0, "secret"), "another secret"),
        (("parties", 0, "secret"), None),
        (("parties", 0, "commitment"), "0" * 64),
        (("terms", "fallback"), "proceed"),
        (("terms", "mode"), "one_party"),
        (("public_value",), "08"),
        (("list_hashes",), []),
        (("seed",), "0" * 64),
        (("drawn",), []),
        (("algorithm",), "of-my-own"),
    ],
    ids=lambda value: "-".join(str(part) for part in value) if isinstance(value, tuple) else "",
)
def test_both_verifiers_see_every_change(tmp_path: Path, path: tuple[Any, ...], value: Any) -> None:
    text = next(one for one in map(document_of, range(18, 200, 24)) if json.loads(one)["strata"].get("A"))
    said = json.loads(text)
    place = said
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    changed = json.dumps(said)

    answer = verify(tmp_path, [changed])

    assert said["terms"]["parties"] == ["方0", "方1"]
    assert document_faults(changed) != ()
    assert answer.returncode == 1
    assert "FAIL" in answer.stdout


@pytest.mark.parametrize("text", ["no json", "{}", "[]", '{"algorithm": "sha256-rank-2"}'], ids=str)
def test_verifier_says_what_it_cannot_read(tmp_path: Path, text: str) -> None:
    answer = verify(tmp_path, [text])
    assert (answer.returncode, answer.stderr) == (2, "")
    assert "cannot be read" in answer.stdout


def test_document_is_the_same_in_any_order_locale_and_hash_seed(tmp_path: Path) -> None:
    program = (
        "import random, sys\n"
        "from tests.scheduler.filing.test_draw_proofs import SITES\n"
        "from scheduler.filing.draw_method import *\n"
        "random.Random(int(sys.argv[1])).shuffle(SITES)\n"
        "frozen = freeze_list('任务', Quota(ratio='0.2'), SITES)\n"
        "sources = one_party([frozen.list_hash], '密语secret')\n"
        "sys.stdout.buffer.write(draw_document(frozen, sources, draw(frozen, sources.seed)).encode())\n"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", program, str(number)],
            capture_output=True,
            check=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": str(number), "LC_ALL": locale, "LANG": locale},
        ).stdout
        for number, locale in enumerate(("C", "zh_CN.GB18030", "tr_TR.UTF-8"), 1)
    }
    assert len(answers) == 1
    assert "任务".encode() in answers.pop()


# --- D5: what the last party can do. It wants `WANTED` not to be drawn; by chance that happens at the base rate.
WANTED, RATIO, TRIES = "site0004", "0.5", 600
PARTIES_LIST = freeze_list("task", Quota(ratio=RATIO), SITES)


def escapes(frozen: FrozenList, added: list[str | None], *, value: str = "") -> bool:
    kind = HashKind.SHA256
    told = tuple(Contribution(name=str(n), commitment=f"c{n}", secret=one) for n, one in enumerate(added))
    seed = Sources(kind=kind, list_hashes=(frozen.list_hash,), contributions=told, public_value=value).seed
    return WANTED not in draw(frozen, seed)


def rate(strategy: Any) -> float:
    return sum(strategy(random.Random(number)) for number in range(TRIES)) / TRIES


def without_commitments(rng: random.Random) -> bool:
    """The last party sees the others' secrets and tries its own until it likes the result."""
    others = [str(rng.random())]
    return any(escapes(PARTIES_LIST, [*others, str(rng.random())]) for _ in range(8))


def kept_back_without_a_public_value(rng: random.Random) -> bool:
    """It is bound, but may choose between the result with its secret and the one without: what the rules refuse."""
    others, own = [str(rng.random())], str(rng.random())
    return escapes(PARTIES_LIST, [*others, own]) or escapes(PARTIES_LIST, [*others, None])


def kept_back_with_a_public_value(rng: random.Random) -> bool:
    """It is bound, and has to decide before the public value exists: its best guess of the value does not help."""
    others, own, guess, value = [str(rng.random())], str(rng.random()), str(rng.random()), str(rng.random())
    reveals = escapes(PARTIES_LIST, [*others, own], value=guess)
    return escapes(PARTIES_LIST, [*others, own if reveals else None], value=value)


def bound_and_honest(rng: random.Random) -> bool:
    return escapes(PARTIES_LIST, [str(rng.random()), str(rng.random())])


BASE = 0.5
# Four standard deviations of a share of one half in that many tries.
SLACK = 4 * math.sqrt(BASE * (1 - BASE) / TRIES)


@pytest.mark.parametrize("strategy", [bound_and_honest, kept_back_with_a_public_value])
def test_last_party_cannot_choose(strategy: Any) -> None:
    assert abs(rate(strategy) - BASE) < SLACK


@pytest.mark.parametrize(
    ("strategy", "share"), [(without_commitments, 1 - BASE**8), (kept_back_without_a_public_value, 1 - BASE**2)]
)
def test_control_last_party_chooses_when_the_guard_is_off(strategy: Any, share: float) -> None:
    assert rate(strategy) > BASE + SLACK
    assert abs(rate(strategy) - share) < SLACK


def test_seed_is_uniform_over_two_thousand_draws() -> None:
    frozen = freeze_list("task", Quota(by_class={"A": "0.2", "B": "0.3", "C": "0.5", "D": "0.7"}), SITES)
    draws, takes = 2000, takes_of(frozen)
    times = Counter(
        site for number in range(draws) for site in draw(frozen, one_party([frozen.list_hash], str(number)).seed)
    )

    chi_square, degrees = 0.0, 0
    for stratum, sites in frozen.strata.items():
        share = takes[stratum] / len(sites)
        # Drawn without replacement: the counts of a class add up, which widens each by n / (n - 1).
        scale = draws * share * (1 - share) * len(sites) / (len(sites) - 1)
        chi_square += sum((times[uid] - draws * share) ** 2 / scale for _, uid in sites)
        degrees += len(sites) - 1
    assert 0.001 < survival(chi_square, degrees) < 0.999


def survival(chi_square: float, degrees: int) -> float:
    """Probability of a greater value (Wilson and Hilferty 1931: its cube root is nearly normal)."""
    spread = 2 / (9 * degrees)
    return 0.5 * math.erfc(((chi_square / degrees) ** (1 / 3) - 1 + spread) / math.sqrt(2 * spread))


@pytest.mark.parametrize("quota", QUOTAS[2:4], ids=["by_class", "with_floor"])
def test_each_class_is_drawn_within_one_of_its_ratio(quota: Quota) -> None:
    frozen = freeze_list("task", Quota(by_class=quota.by_class, ratio=quota.ratio), SITES)
    for stratum, number in takes_of(frozen).items():
        ratio = float((quota.by_class or {}).get(stratum, quota.ratio or "0"))
        assert abs(number - ratio * len(frozen.strata[stratum])) <= 1


def test_ranking_of_a_hidden_list_needs_its_blind() -> None:
    hidden = freeze_list("task", Quota(ratio="0.2"), SITES, blind="f" * 64)
    seen = freeze_list("task", Quota(ratio="0.2"), SITES)
    differs = [draw(hidden, str(seed)) != draw(seen, str(seed)) for seed in range(20)]

    assert all(differs)


def test_document_of_the_first_algorithm_is_still_read(tmp_path: Path) -> None:
    core = {
        "algorithm": "sha256-rank-1",
        "quota": {"by_class": None, "quantity": 1, "ratio": None},
        "strata": {"A": [["1", "x"], ["2", "y"], ["3", "z"]]},
        "task": "task",
    }
    old: dict[str, Any] = core | {"secret": "secret"}
    text = json.dumps(core, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    old["list_hash"] = hashlib.sha256(text.encode()).hexdigest()
    old["list_hashes"] = [old["list_hash"]]
    old["seed"] = hashlib.sha256(f"{old['list_hash']}|secret".encode()).hexdigest()
    first = min("xyz", key=lambda site: hashlib.sha256(f"{old['seed']}|A|{site}".encode()).hexdigest())
    old["drawn"] = [first]

    assert document_faults(json.dumps(old)) == ()
    assert verify(tmp_path, [json.dumps(old)]).returncode == 0
