"""problem.json: name, weights and limits, strictly read and plainly written.

Owns that one file and the safe reading of small JSON files. Knows no table.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Final

from solver.folder_faults import FaultLog, FaultRule
from solver.folder_schema import FORMAT, MOST_DAYS, MOST_JSON_BYTES, MOST_PEOPLE, MOST_TEXT_LENGTH, MOST_WEIGHT
from solver.folder_tables import refuse_encoding
from solver.problem import CREDIT_CLASSES, Limits, Weights

PROBLEM_JSON: Final = "problem.json"
_PLAIN_WEIGHTS: Final = ("unscheduled", "trip", "move", "repeat")
_CLASS_WEIGHTS: Final = ("visit", "delay")
_WHOLE_LIMITS: Final = {
    "max_departments_per_visit": (1, MOST_PEOPLE),
    "max_inspectors_per_visit": (1, MOST_PEOPLE),
    "repeat_days": (0, MOST_DAYS),
}
_REAL_LIMITS: Final = {"max_hop_km": (0.0, 50_000.0), "reserve": (0.0, 1.0)}
_KEYS: Final = ("format", "name", "weights", "limits")


class _KeyTwiceError(ValueError):
    """A JSON object names one key twice."""


def read_json(path: Path, log: FaultLog) -> dict[str, Any] | None:
    """A JSON object from a small file; None, with a fault that names the line, when it is not one."""
    name = path.name
    if not path.is_file():
        log.add(FaultRule.TABLE_MISSING, table=name)
        return None
    if path.stat().st_size > MOST_JSON_BYTES:
        log.add(FaultRule.TABLE_TOO_LARGE, table=name, value=f"bytes={path.stat().st_size} most={MOST_JSON_BYTES}")
        return None
    found = _parsed(path, log)
    if found is None or isinstance(found, dict):
        return found
    log.add(FaultRule.JSON_BROKEN, table=name, line=1, value=type(found).__name__)
    return None


def _parsed(path: Path, log: FaultLog) -> Any:
    name = path.name
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_unique_keys)
    except UnicodeDecodeError:
        refuse_encoding(path, name, log)
    except _KeyTwiceError as error:
        log.add(FaultRule.KEY_TWICE, table=name, column=str(error))
    except json.JSONDecodeError as error:
        log.add(FaultRule.JSON_BROKEN, table=name, line=error.lineno, value=f"column={error.colno} {error.msg}")
    except (OSError, ValueError, RecursionError) as error:  # numbers of thousands of digits, brackets of many levels
        log.add(FaultRule.JSON_BROKEN, table=name, value=type(error).__name__)
    else:
        return "null" if found is None else found
    return None


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _KeyTwiceError(key)
        found[key] = value
    return found


def read_settings(folder: Path, log: FaultLog) -> tuple[str, Weights, Limits]:
    """Name, weights and limits of problem.json; defaults where something is wrong, which is then in the log."""
    data = read_json(folder / PROBLEM_JSON, log)
    if data is None:
        return "", Weights(), Limits()
    if data.get("format") != FORMAT or isinstance(data.get("format"), bool):
        log.add(FaultRule.FORMAT_UNKNOWN, table=PROBLEM_JSON, column="format", value=repr(data.get("format")))
    _refuse_unknown(data, _KEYS, "", log)
    return _name(data, log), _weights(_object(data, "weights", log), log), _limits(_object(data, "limits", log), log)


def _refuse_unknown(data: dict[str, Any], known: tuple[str, ...], path: str, log: FaultLog) -> None:
    for key, value in data.items():
        if key not in known:
            log.add(FaultRule.KEY_UNKNOWN, table=PROBLEM_JSON, column=f"{path}{key}", value=repr(value))


def _object(data: dict[str, Any], key: str, log: FaultLog, path: str = "") -> dict[str, Any]:
    found = data.get(key)
    if found is None:
        return {}
    if isinstance(found, dict):
        return found
    log.add(FaultRule.JSON_BROKEN, table=PROBLEM_JSON, column=f"{path}{key}", value=repr(found))
    return {}


def _name(data: dict[str, Any], log: FaultLog) -> str:
    name = data.get("name", "")
    if not isinstance(name, str):
        log.add(FaultRule.VALUE_NOT_TEXT, table=PROBLEM_JSON, column="name", value=repr(name))
        return ""
    if len(name) > MOST_TEXT_LENGTH:
        log.add(FaultRule.VALUE_TOO_LONG, table=PROBLEM_JSON, column="name", value=name)
    if any(0xD800 <= ord(sign) < 0xE000 for sign in name):
        # half of a surrogate pair: legal in JSON, but no text that could be written out again
        log.add(FaultRule.ENCODING_UTF8, table=PROBLEM_JSON, column="name", value=ascii(name))
        return ""
    return name


def _number(value: Any, path: str, low: float, high: float, log: FaultLog) -> float:
    """A finite number within low..high; 0 and a fault otherwise."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        log.add(FaultRule.VALUE_NOT_NUMBER, table=PROBLEM_JSON, column=path, value=repr(value))
        return 0.0
    if isinstance(value, float) and not math.isfinite(value):
        log.add(FaultRule.VALUE_NOT_FINITE, table=PROBLEM_JSON, column=path, value=repr(value))
        return 0.0
    if not low <= value <= high:
        log.add(FaultRule.VALUE_RANGE, table=PROBLEM_JSON, column=path, value=repr(value))
        return 0.0
    return float(value)


def _weights(data: dict[str, Any], log: FaultLog) -> Weights:
    _refuse_unknown(data, (*_PLAIN_WEIGHTS, *_CLASS_WEIGHTS), "weights.", log)
    plain = {key: _number(data.get(key, 0), f"weights.{key}", 0, MOST_WEIGHT, log) for key in _PLAIN_WEIGHTS}
    return Weights(**plain, visit=_by_class(data, "visit", log), delay=_by_class(data, "delay", log))


def _by_class(data: dict[str, Any], key: str, log: FaultLog) -> tuple[float, float, float, float]:
    path = f"weights.{key}."
    given = _object(data, key, log, "weights.")
    _refuse_unknown(given, CREDIT_CLASSES, path, log)
    a, b, c, d = (_number(given.get(name, 0), f"{path}{name}", 0, MOST_WEIGHT, log) for name in CREDIT_CLASSES)
    return a, b, c, d


def _limits(data: dict[str, Any], log: FaultLog) -> Limits:
    _refuse_unknown(data, (*_WHOLE_LIMITS, *_REAL_LIMITS), "limits.", log)
    given = {key: value for key, value in data.items() if value is not None}
    found: dict[str, Any] = {}
    for key, (low, high) in _WHOLE_LIMITS.items():
        if key in given:
            number = _number(given[key], f"limits.{key}", low, high, log)
            if number != math.floor(number):
                log.add(FaultRule.VALUE_NOT_WHOLE, table=PROBLEM_JSON, column=f"limits.{key}", value=repr(given[key]))
            found[key] = int(number)
    for key, (least, most) in _REAL_LIMITS.items():
        if key in given:
            found[key] = _number(given[key], f"limits.{key}", least, most, log)
    return Limits(**found)


def settings_document(name: str, weights: Weights, limits: Limits) -> dict[str, Any]:
    """What problem.json holds for these settings; limits that do not bind are left out."""
    prices: dict[str, Any] = {key: getattr(weights, key) for key in _PLAIN_WEIGHTS}
    prices |= {key: dict(zip(CREDIT_CLASSES, getattr(weights, key), strict=True)) for key in _CLASS_WEIGHTS}
    bounds = {key: getattr(limits, key) for key in (*_WHOLE_LIMITS, *_REAL_LIMITS)}
    return {
        "format": FORMAT,
        "name": name,
        "weights": prices,
        "limits": {key: value for key, value in bounds.items() if value is not None},
    }
