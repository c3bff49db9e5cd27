"""The main pages before axe-core: nothing serious for who listens to a page, sees little, or has only keys."""

from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = Path(__file__).resolve().parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}
GRAVE = {"serious", "critical"}
OF_EXAMINER = (
    "/", "/work/", "/figures/", "/figures/dibao_persons/", "/figures/dibao_persons/records/", "/reports/", "/month/",
    "/month/2024-01/", "/month/2024-01/proposals/", "/cases/", "/cases/new/", "/answer/", "/reviews/",
    "/reassessments/", "/appeals/", "/notices/", "/letters/", "/people/", "/people/new/", "/households/", "/grants/",
    "/payments/", "/registers/", "/registers/cremation/", "/registers/cremation/new/", "/rulebook/",
    "/rulebook/dibao/", "/rulebook/try/", "/reserve/", "/funerals/", "/debts/", "/redirections/", "/accounts/me/",
)  # fmt: skip
OF_OTHERS = {"leader": ("/", "/budgets/"), "system_admin": ("/accounts/", "/accounts/new/"), "audit_admin": ("/logs/",)}


def paths_of(world: Any) -> tuple[str, ...]:
    """Return the pages of one household, person, grant, case and the rest of what a clerk opens all day."""
    mine = world.mine
    home = f"/households/{mine.household.pk}/"
    return (
        home, f"{home}facts/?benefit=dibao", f"{home}change/", f"{home}statement/?year=2024",
        f"/people/{mine.person.pk}/", f"/grants/{mine.grant.pk}/", f"/cases/{mine.case.pk}/",
        f"/proposals/{mine.proposal.pk}/", f"/decisions/{mine.decision.pk}/", f"/letters/{mine.letter.pk}/",
    )  # fmt: skip


def findings(page: Any, path: str) -> list[str]:
    """Return the grave findings of a page: rule, what is wrong, and the first place."""
    page.goto(path)
    page.wait_for_load_state("networkidle")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, rules)", RULES)["violations"]
    return [
        f"{path}: {one['id']} {one['help']}: {one['nodes'][0]['html'][:160]}" for one in found if one["impact"] in GRAVE
    ]


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not in frontend/node_modules: uv sync builds the front end")
def test_no_main_page_has_a_serious_finding(enter: Any) -> None:
    page = enter("county_examiner")
    found = [words for path in (*OF_EXAMINER, *paths_of(page.world)) for words in findings(page, path)]
    assert not found, "\n".join(found)


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not in frontend/node_modules: uv sync builds the front end")
@pytest.mark.parametrize("role", OF_OTHERS)
def test_the_pages_of_others_have_none_either(enter: Any, role: str) -> None:
    page = enter(role)
    found = [words for path in OF_OTHERS[role] for words in findings(page, path)]
    assert not found, "\n".join(found)
