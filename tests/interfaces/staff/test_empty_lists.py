"""Every list says what to do where it has nothing to show, in both languages."""

import importlib
import pkgutil

import pytest
from django.utils.translation import override

from nuanxin.interfaces.staff import views
from nuanxin.interfaces.staff.listing import RowTable

for _module in pkgutil.iter_modules(views.__path__):
    importlib.import_module(f"{views.__name__}.{_module.name}")
OWN = {"ReportTable"}  # says it to who may write one


@pytest.mark.parametrize(
    "table", sorted(RowTable.__subclasses__(), key=lambda one: one.__name__), ids=lambda t: t.__name__
)
def test_a_list_has_its_own_words(table: type[RowTable]) -> None:
    if table.__name__ in OWN:
        return
    with override("zh-hans"):
        said = str(table.empty_says)
    with override("en"):
        english = str(table.empty_says)
    assert said.endswith("。")
    assert english != said
    others = [str(one.empty_says) for one in RowTable.__subclasses__() if one is not table]
    assert said not in others


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "path", "said"), [
    ("county_examiner", "/cases/", "受理申请"), ("county_examiner", "/reviews/", "提出该月复核"),
    ("section_chief", "/appeals/", "登记一件"), ("section_chief", "/payments/", "编制批次"),
])  # fmt: skip
def test_an_empty_page_says_it(sign_in, role, path, said) -> None:
    client = sign_in(role)
    page = client.get(path).content.decode()
    assert "还没有记录" in page
    assert said in page.split("empty-state")[1]
