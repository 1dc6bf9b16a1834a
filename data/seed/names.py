"""Invented names: of enterprises, people and streets. Every enterprise's name says that it is an example."""

from random import Random
from typing import Final

EXAMPLE_MARK: Final = "（示例）"

SURNAMES: Final = (
    "王李张刘陈杨赵黄周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜丁"
    "沈姜范江傅钟卢汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙段郝孔邵史毛常万顾赖武康贺严尹钱"
)
GIVEN_FIRST: Final = "建国志海文永春秀玉明晓小立德俊子思雨家欣佳宏伟丽淑桂金国红爱华少世正学中祥长新兴成克"
GIVEN_SECOND: Final = "军平芳英华强敏静丽勇艳杰娟涛超霞刚鹏燕辉玲斌红兰波宁峰琴龙萍飞梅林云丹洁东阳君"

BRAND_FIRST: Final = "海润恒瑞丰泰和盛安康金鑫宏祥瑞嘉永兴华德信诚远明佳源天成万顺聚福百悦新东世纪绿田银江盐麋鹤苇滩"
BRAND_SECOND: Final = "达源禾丰盛和泰隆昌顺利民悦景香缘福家园鑫祥瑞康宁安通发旺兴盈宝德仁义诚信美雅轩合众联辰宇航"

STREETS: Final = tuple(f"示例{word}" for word in ("一路", "二路", "三路", "东路", "西路", "大道", "新街", "老街"))
PLACES: Final = ("大丰区", "大丰", "盐城市", "盐城市大丰区", "盐城", "江苏")


def person_name(rng: Random) -> str:
    given = rng.choice(GIVEN_FIRST) if rng.random() < 0.75 else ""
    return rng.choice(SURNAMES) + given + rng.choice(GIVEN_SECOND)


def enterprise_name(rng: Random, *, town: str, kind_name: str, taken: set[str]) -> str:
    """Return a name that is not in `taken`, and add it there. Place, brand, kind, and the mark of an example."""
    while True:
        place = town if rng.random() < 0.35 else rng.choice(PLACES)
        brand = rng.choice(BRAND_FIRST) + rng.choice(BRAND_SECOND)
        if rng.random() < 0.3:
            brand += rng.choice(BRAND_SECOND)
        name = f"{place}{brand}{kind_name}{EXAMPLE_MARK}"
        if name not in taken:
            taken.add(name)
            return name


def street_address(rng: Random, town: str) -> str:
    return f"{town}{rng.choice(STREETS)}{rng.randint(1, 399)}号"
