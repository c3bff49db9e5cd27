"""Plausible Chinese names: surnames of the lower Yangtze by weight, given-name characters by sex and generation."""

import random

SURNAMES = {
    "王": 70, "张": 62, "李": 58, "刘": 46, "陈": 44, "汪": 32, "吴": 31, "徐": 30, "杨": 28,
    "胡": 26, "黄": 24, "何": 23, "程": 22, "周": 22, "朱": 21, "孙": 20, "强": 6, "章": 16,
    "方": 16, "许": 15, "丁": 14, "秦": 12, "俞": 11, "鲍": 10, "陶": 12, "谢": 12, "马": 12,
    "郭": 10, "叶": 10, "宋": 10, "潘": 10, "夏": 9, "钱": 9, "曹": 9, "梅": 8, "余": 8,
    "沈": 8, "袁": 7, "管": 6, "翟": 5, "童": 5, "芮": 4, "戴": 6, "晋": 3, "查": 3,
    "奚": 3, "佘": 3, "崔": 4, "昝": 1, "万": 5, "江": 5, "洪": 5, "魏": 5, "唐": 5,
    "韩": 5, "冯": 4, "董": 4, "欧阳": 1, "司马": 1, "诸葛": 1,
}  # fmt: skip

# Characters by sex (1 man, 2 woman) and by the first year in which they became usual.
GIVEN = {
    (1, 0): "德福贵根生财发金银水木土大长有明树宝万道正永世家传善仁义成才良友发林山龙虎全喜",
    (1, 1950): "建国军民强伟平华东红兵胜利新春文学斌勇志刚海峰松林安卫荣昌祥才友根保庆来发",
    (1, 1975): "伟强磊涛鹏飞杰超俊波辉亮宇浩凯斌刚勇峰晨龙亚旭冬明健翔坤帅成程",
    (1, 2000): "宇轩浩然子涵梓睿博文俊杰晨曦皓泽铭昊天一诺嘉奕辰逸瑞熙霖骏恒煜",
    (2, 0): "秀英兰珍凤莲桂芳玉香翠花金银荷菊巧云梅娥素贞腊美仙招娣月爱小毛",
    (2, 1950): "霞萍芳红梅丽华琴玲平兰英凤霞燕云秀娟敏春香巧珍文群美荣翠惠莉爱月",
    (2, 1975): "婷丽娟敏静燕艳娜莉芳玲慧倩雪晶晶洁琳莹蕾佳玉萍琼媛露丹蓉璐云",
    (2, 2000): "梓涵欣怡诗雨萱可馨思琪语桐雨佳一诺若曦艺妍瑶悦沐晗心妍婧舒雅",
}  # fmt: skip
SINGLE = {0: 0.16, 1950: 0.30, 1975: 0.38, 2000: 0.08}  # share of one-character given names


def generation(year: int) -> int:
    """Return the key of the generation a person born in `year` belongs to."""
    return 0 if year < 1950 else 1950 if year < 1975 else 1975 if year < 2000 else 2000


class Namer:
    """Gives names from one seeded source; the same seed gives the same names."""

    def __init__(self, rng: random.Random) -> None:
        """Prepare a stock of given names for each sex and generation, so that drawing one is one step."""
        self.rng = rng
        self.surnames = rng.choices(list(SURNAMES), list(SURNAMES.values()), k=20_000)
        self.given = {key: [self._make(*key) for _ in range(6_000)] for key in GIVEN}

    def _make(self, sex: int, since: int) -> str:
        characters, rng = GIVEN[sex, since], self.rng
        first = characters[int(rng.random() * len(characters))]
        if rng.random() < SINGLE[since]:
            return first
        return first + characters[int(rng.random() * len(characters))]

    def surname(self) -> str:
        """Return a surname."""
        return self.surnames[int(self.rng.random() * 20_000)]

    def given_name(self, sex: int, year: int) -> str:
        """Return a given name usual for the sex and the year of birth."""
        return self.given[sex, generation(year)][int(self.rng.random() * 6_000)]
