"""The sizes in which the sample district can be made; knows nothing of what is made."""

from dataclasses import dataclass
from enum import StrEnum


class Preset(StrEnum):
    """S: a demonstration, M: a realistic month, L: a large quarter, XL: the stress test."""

    S = "S"
    M = "M"
    L = "L"
    XL = "XL"


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetSize:
    """`sites`: objects of the registry; `officers`: in all organisations that take part; `visits_a_year`: past ones."""

    sites: int
    officers: int
    visits_a_year: int


SIZES: dict[Preset, PresetSize] = {
    Preset.S: PresetSize(sites=300, officers=80, visits_a_year=500),
    Preset.M: PresetSize(sites=3_000, officers=420, visits_a_year=5_000),
    Preset.L: PresetSize(sites=12_000, officers=900, visits_a_year=18_000),
    Preset.XL: PresetSize(sites=40_000, officers=1_800, visits_a_year=60_000),
}

_ORDER = (Preset.S, Preset.M, Preset.L, Preset.XL)


def takes_part(first_preset: str, preset: Preset) -> bool:
    """Whether an organisation that joins with `first_preset` (empty: never inspects) takes part in `preset`."""
    return bool(first_preset) and _ORDER.index(Preset(first_preset)) <= _ORDER.index(preset)
