"""Making the demo county: the world, the takeover, six months at work; told step by step, with seconds."""

import datetime as dt
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import typer
from django.conf import settings

from nuanxin.demo import load
from nuanxin.demo.amounts import opening_amounts
from nuanxin.demo.people import COUNTY
from nuanxin.demo.plan import FULL, MONTHS, OPENING
from nuanxin.demo.progress import BUILDING, READY, write_progress
from nuanxin.demo.takeover_list import TakeoverList, write_takeover_list
from nuanxin.demo.world import World, build_world
from nuanxin.interfaces.cli import counter_week, late_facts, officers, township_week
from nuanxin.interfaces.cli.second_desk import SecondDesk
from nuanxin.kernel.core import clock
from nuanxin.kernel.core.anchors import set_aside_anchors
from nuanxin.kernel.core.changes import author_of
from nuanxin.kernel.core.crypto import ensure_key
from nuanxin.kernel.core.months import add_months, month_end
from nuanxin.kernel.core.tables import bring_up_tables
from nuanxin.kernel.cycle import services as cycle
from nuanxin.kernel.registry import selectors as registry
from nuanxin.kernel.registry.services import load_divisions
from nuanxin.kernel.statistics import services as statistics

T = TypeVar("T")
OPENED = add_months(MONTHS[-1], 1)
STEPS = {
    "setup": "建立数据库、区划和账号",
    "world": "生成合成县的居民",
    "people": "载入居民与家庭",
    "opening": "载入2023年末的情况",
    "takeover": "按政策测算，接收在册名单，两人签字",
    **{f"{month:%Y-%m}": f"办理{month.year}年{month.month}月，直到月结" for month in MONTHS},
    "opened": f"开始办理{OPENED.year}年{OPENED.month}月：新标准起用，列出建议，等待经办复核",
}
"""The steps of a building in their order, by the names of its phases."""
PARTS = {
    "world": "登记变动与申请",
    "run": "月度测算",
    "decide": "经办、复核",
    "dues": "生成应发",
    "pay": "编制、发放、银行回盘",
    "close": "月结",
    "fund": "启用备用金",
    "counter": "窗口受理一周",
    "rosters": "核定移民名册",
    "late": "登记晚报的收入",
}


@dataclass
class Demonstration:
    """One building of the demo county, with the seconds of each phase."""

    people: int
    seed: int
    started: float = field(default_factory=time.monotonic)
    phases: dict[str, float] = field(default_factory=dict)
    doing: str = ""
    step: str = ""
    part: str = ""

    def build(self) -> None:
        """Build the county from an empty instance to closed June and opened July; demo.json says how far it is."""
        with self._phase("setup"):
            self._set_up()
        with self._phase("world"):
            world = self._draw()
        with self._phase("people"):
            load.load_people(world)
            world.forget_tables()
        with self._phase("opening"):
            load.load_opening(world)
        with self._phase("takeover"):
            self._take_over(world)
        with SecondDesk() as desk:
            for index, month in enumerate(MONTHS):
                self.doing = f"{month.year}年{month.month}月"
                with self._phase(f"{month:%Y-%m}"):
                    self._month(world, index, month, desk)
        with self._phase("opened"):
            self._open_next_month(world)
        self.tell(READY)

    def tell(self, state: str = BUILDING) -> None:
        """Write how far the building is; the pages open with the first closed month."""
        seconds = round(time.monotonic() - self.started, 1)
        size = {"county": COUNTY, "people": self.people, "of": FULL, "seed": self.seed}
        steps = [{"title": title, "seconds": self.phases.get(name)} for name, title in STEPS.items()]
        if self.step and steps:
            place = list(STEPS).index(self.step)
            steps[place] |= {"now": True, "part": self.part}
        opened = f"{MONTHS[0]:%Y-%m}" in self.phases
        progress = {**size, "state": state, "open": opened, "doing": "" if state == READY else self.doing}
        write_progress({**progress, "seconds": seconds, "steps": steps, "phases": self.phases})

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        begun = time.monotonic()
        typer.echo(f"[{begun - self.started:6.1f} 秒] {STEPS[name]} …")
        self.step, self.part = name, ""
        self.tell()
        yield
        self.phases[name] = round(time.monotonic() - begun, 2)
        self.step = ""
        self.tell()

    def _set_up(self) -> None:
        ensure_key()
        officers.trust_the_machine()
        bring_up_tables()
        clock.move_to(OPENING)
        set_aside_anchors()
        load_divisions(COUNTY)
        officers.make_accounts()

    def _draw(self) -> World:
        villages = {v.code: v.name for t in registry.townships(COUNTY) for v in registry.villages(t.code)}
        return build_world(people=self.people, seed=self.seed, villages=villages)

    def _take_over(self, world: World) -> None:
        made = TakeoverList(world, opening_amounts(world))
        path = Path(settings.NUANXIN_HOME) / "takeover" / f"南陵县在册名单-{OPENING:%Y-%m-%d}.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_takeover_list(path, made.rows())
        self._plant(made)
        examiner, chief = officers.officer("county_examiner"), officers.officer("section_chief")
        taken = cycle.takeover_list(path=path, as_of=OPENING, county=COUNTY, author=author_of(examiner))
        for account in (examiner, chief):
            taken = cycle.sign_takeover(list_id=taken.pk, account=account)
        self._say(f"接管 {taken.households:,} 户 {taken.persons:,} 人 {taken.grants:,} 份待遇")

    def _plant(self, made: TakeoverList) -> None:
        truth = Path(settings.NUANXIN_HOME) / "truth" / "takeover.json"
        truth.parent.mkdir(parents=True, exist_ok=True)
        truth.write_text(json.dumps({"differences": made.planted}, ensure_ascii=False, indent=1), encoding="utf-8")

    def _month(self, world: World, index: int, month: dt.date, desk: SecondDesk) -> None:
        examiner = author_of(officers.officer("county_examiner"))
        clock.move_to(month_end(month))
        happened = self._timed(f"{month:%Y-%m}.world", lambda: load.load_month(world, index))
        self._timed(f"{month:%Y-%m}.run", lambda: cycle.run_month(county=COUNTY, month=month, author=examiner))
        decided = self._timed(f"{month:%Y-%m}.decide", lambda: officers.decide(month))
        dues = self._timed(f"{month:%Y-%m}.dues", lambda: cycle.build_dues(county=COUNTY, month=month, author=examiner))
        paid, failed = self._timed(f"{month:%Y-%m}.pay", lambda: officers.pay_out(month, desk))
        clock.move_to(add_months(month, 1))
        chief = author_of(officers.officer("section_chief"))
        self._timed(f"{month:%Y-%m}.close", lambda: statistics.close_month(county=COUNTY, month=month, author=chief))
        self._say(
            f"事件申请 {happened:,} · 决定 {decided:,} · 应发 {dues:,} · 到账 {paid:,} 笔 · 退票 {failed:,} 笔 · 已月结"
        )

    def _open_next_month(self, world: World) -> None:
        """Run the month after the last closed one up to its proposals: something for the visitor to decide."""
        month = OPENED
        examiner = author_of(officers.officer("county_examiner"))
        clock.move_to(month)
        begun = self._timed(f"{month:%Y-%m}.fund", lambda: township_week.begin_week(world.resettled))
        taken = self._timed(f"{month:%Y-%m}.counter", lambda: counter_week.keep_counter(month))
        listed = self._timed(f"{month:%Y-%m}.rosters", lambda: township_week.end_week(begun))
        late = self._timed(f"{month:%Y-%m}.late", late_facts.tell_late)
        self._say(f"窗口受理 {taken:,} 件 · 备用金已启用 · 移民名册核定 {listed:,} 人 · 晚报的收入 {late} 件")
        self._timed(f"{month:%Y-%m}.run", lambda: cycle.run_month(county=COUNTY, month=month, author=examiner))

    def _timed(self, name: str, work: Callable[[], T]) -> T:
        begun, self.part = time.monotonic(), PARTS[name.rpartition(".")[2]]
        self.tell()
        result = work()
        self.phases[name] = round(time.monotonic() - begun, 2)
        return result

    def _say(self, text: str) -> None:
        typer.echo(f"             {text}")
