"""Small demo counties made by the real command in homes of their own, and their figures."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from nuanxin.demo.plan import Plan, plan_for

MAIN = "from nuanxin.interfaces.cli.main import main; main()"
PEOPLE = 3_000

# Indicator of the report → the plan's count that must come out of the whole walk.
PLANNED = {
    "dibao_households_new": "dibao_households_in",
    "dibao_persons_new": "dibao_persons_in",
    "dibao_households_exited": "dibao_households_out",
    "dibao_persons_exited": "dibao_persons_out",
    "dibao_households": "dibao_households",
    "dibao_persons": "dibao_persons",
    "tekun_persons_new": "tekun_in",
    "tekun_persons_exited": "tekun_out",
    "tekun_persons": "tekun",
    "temporary_assistance_person_times": "linshi_persons",
    "old_age_allowance_persons": "gaoling",
    "low_income_homecare_subsidy_person_times": "jujia_person_times",
    "cremations": "cremations",
    "funeral_subsidy_persons": "cremations_relieved",
    "orphan_defacto_children_supported": "children",
    "disability_living_allowance_persons": "canji_shenghuo",
    "disability_care_allowance_persons": "canji_huli",
    "marriage_registrations": "marriages",
    "marriage_registrations_cross_region": "marriages_cross",
    "divorce_applications": "divorce_applications",
    "divorce_registrations": "divorces",
    "divorce_registrations_cross_region": "divorces_cross",
    "marriage_certificates_reissued": "marriage_reissues",
    "divorce_certificates_reissued": "divorce_reissues",
}


def run(home: Path, *arguments: str, url: str = "") -> str:
    """Run a command of the product in a home of its own; return what it printed."""
    environment = {**os.environ, "NUANXIN_HOME": str(home), "DATABASE_URL": url}
    done = subprocess.run(
        [sys.executable, "-c", MAIN, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(arguments)}\n{done.stdout[-3000:]}\n{done.stderr[-5000:]}"
    return done.stdout


def build(home: Path, seed: int, url: str = "") -> dict[str, dict[str, Any]]:
    """Build a county of 3,000 and return its figures by indicator."""
    run(home, "demo", "--no-serve", "--people", str(PEOPLE), "--seed", str(seed), url=url)
    return figures(home, url)


def figures(home: Path, url: str = "") -> dict[str, dict[str, Any]]:
    """Return the half-year's figures by indicator."""
    rows = json.loads(run(home, "figures", "340223", "2024H1", "--json", url=url))
    return {row["indicator"]: row for row in rows}


def planned(people: int = PEOPLE) -> dict[str, int]:
    """Return what each planned indicator must be in a county of so many people."""
    plan: Plan = plan_for(people)
    return {indicator: plan.n[name] for indicator, name in PLANNED.items()}


WITHOUT_ONE = """
import django, os
os.environ["DJANGO_SETTINGS_MODULE"] = "nuanxin.config.settings"
django.setup()
from nuanxin.interfaces.cli.demonstration import Demonstration

class WithoutOne(Demonstration):
    def _draw(self):
        world = super()._draw()
        month = next(m for m in world.months if any(a.benefit == "{benefit}" for a in m.asked))
        month.asked.remove(next(a for a in month.asked if a.benefit == "{benefit}"))
        return world

WithoutOne({people}, 1).build()
"""


def build_without_one(home: Path, benefit: str) -> dict[str, dict[str, Any]]:
    """Build the county of seed 1 but for its first application for a benefit; return its figures."""
    program = WITHOUT_ONE.format(benefit=benefit, people=PEOPLE)
    environment = {**os.environ, "NUANXIN_HOME": str(home), "DATABASE_URL": ""}
    subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    return figures(home)


@contextmanager
def own_database() -> Iterator[str]:
    """Give the URL of an empty database beside the suite's on PostgreSQL; nothing on SQLite, where a home is enough."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        yield ""
        return
    name = f"nuanxin_demo_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{url.rpartition('/')[0]}/{name}"
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
