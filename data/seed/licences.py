"""Licences of the sample: kinds as the scenarios ask for them, numbers that belong to nobody (marked 示例)."""

from datetime import timedelta
from typing import Final

from data.models import Licence
from data.seed.registry import SeededSite
from data.seed.seeding import Seeding

HOLDERS_SHARE: Final = 0.9
FOR_EVER_SHARE: Final = 0.05
LONGEST_DAYS: Final = 5 * 365
EXPIRED_DAYS: Final = 90
"""Some ran out up to so many days ago and have not been renewed."""

KINDS: Final = {
    "S01": ("食品经营许可证",), "S02": ("成品油零售经营批准证书", "危险化学品经营许可证"),
    "S04": ("办学许可证",), "S05": ("特种行业许可证", "卫生许可证"), "S06": ("医疗机构执业许可证",),
    "S07": ("安全生产许可证", "排污许可证"), "S08": ("危险化学品经营许可证",), "S10": ("药品经营许可证",),
    "S11": ("食品经营许可证",), "S12": ("娱乐经营许可证",), "S13": ("网络文化经营许可证",),
    "S14": ("高危险性体育项目经营许可证", "卫生许可证"), "S15": ("旅行社业务经营许可证",),
    "S16": ("食品经营许可证", "办学许可证"), "S17": ("检验检测机构资质认定证书",), "S18": ("保安服务许可证",),
    "S19": ("港口经营许可证",), "S20": ("排污许可证",), "S21": ("排污许可证", "取水许可证"),
    "S22": ("燃气经营许可证",), "S23": ("印刷经营许可证",), "S24": ("安全生产许可证",),
    "S25": ("农药经营许可证",), "S26": ("食品生产许可证",), "S29": ("劳务派遣经营许可证",),
}  # fmt: skip
"""Scenario -> the licences that its sites commonly hold."""


def seed_licences(seeding: Seeding, sites: tuple[SeededSite, ...]) -> None:
    """Write licences of sites, some of them run out, some without an end."""
    rng = seeding.rng("licences")
    number = 0
    with seeding.rows(Licence) as rows:
        for site in sites:
            for kind in KINDS.get(site.kind.scenario, ()):
                if rng.random() >= HOLDERS_SHARE:
                    continue
                number += 1
                until = seeding.today + timedelta(days=rng.randint(-EXPIRED_DAYS, LONGEST_DAYS))
                rows.add(
                    enterprise_id=site.enterprise_id,
                    site_id=site.id,
                    kind=kind,
                    number=f"示例320982{number:08d}",
                    valid_until=None if rng.random() < FOR_EVER_SHARE else until,
                )
