"""A new standard on its pages: one drafts and sees what it would do, another approves and publishes."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from nuanxin.kernel.rulebook import layers
from nuanxin.kernel.rulebook.models import Publication
from nuanxin.kernel.rulebook.releases import local_law
from tests.factories.county import COUNTY
from tests.kernel.cycle.test_standards import JANUARY, Bureau

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bureau():
    return Bureau()


def signed_in(account):
    client = Client()
    client.force_login(account)
    return client


def given(**more):
    return {
        "parameter": "dibao_standard", "value": "800 元/月", "from": "2024-02-01", "document": "南民〔2024〕9号", "article": "一"
    } | more  # fmt: skip


def act(client, one, name, **more):
    return client.post(reverse("standard-act", args=[one.pk]), {"act": name, **more})


def test_one_drafts_another_approves_and_publishes(bureau):
    bureau.month(JANUARY, close=False)
    maker, checker = signed_in(bureau.maker), signed_in(bureau.checker)
    assert "dibao_standard" in maker.get(reverse("standard-new")).content.decode()
    form = maker.get(reverse("standard-new"), {"parameter": "gaoling_bands"}).content.decode()
    assert 'name="cell-90"' in form
    answer = maker.post(reverse("standard-new"), given())
    one = Publication.objects.get()
    assert answer.headers["Location"] == reverse("standard", args=[one.pk])
    shown = maker.get(reverse("standard", args=[one.pk])).content.decode()
    assert "影响测算" in shown
    assert reverse("household", args=[bureau.home.pk]) in shown
    assert 'value="approve"' not in shown
    assert act(maker, one, "approve").status_code == 403
    assert 'value="approve"' in checker.get(reverse("standard", args=[one.pk])).content.decode()
    assert act(checker, one, "approve").status_code == 302
    assert act(checker, one, "publish").status_code == 302
    one.refresh_from_db()
    assert (one.state, one.effect) == ("published", "waiting")
    assert local_law(COUNTY).parameters["dibao_standard"].on(dt.date(2024, 2, 1)).value == "800 元/月"
    assert "已发布" in checker.get(reverse("standards")).content.decode()
    assert "新标准" in checker.get(reverse("adoptions")).content.decode()


def test_faults_are_shown_and_put_right_on_the_page(bureau):
    maker = signed_in(bureau.maker)
    maker.post(reverse("standard-new"), given(value="八百"))
    one = Publication.objects.get()
    shown = maker.get(reverse("standard", args=[one.pk])).content.decode()
    (name,) = one.files
    assert f"{name}:" in shown
    text = one.files[name].replace("八百", "810 元/月").replace("\n", "\r\n")
    act(maker, one, "amend", **{"text-0": text, "from": "2024-02-01"})
    one.refresh_from_db()
    assert (one.state, "810 元/月" in one.files[name], "\r" in one.files[name]) == ("checked", True, False)
    act(maker, one, "withdraw", reason="文件未下发")
    assert "文件未下发" in maker.get(reverse("standard", args=[one.pk])).content.decode()


def test_a_dropped_file_is_shown_and_taken_in(bureau):
    bureau.month(JANUARY, close=False)
    maker = signed_in(bureau.maker)
    path = layers.home() / COUNTY / "parameters" / "x.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("values:\n  dibao_standard:\n    - {from: 2024-02-01, value: 900 元/月, document: 手写}\n", "utf-8")
    assert "x.yaml" in maker.get(reverse("standards")).content.decode()
    maker.post(reverse("standards-take"), {"title": "手写的", "from": "2024-02-01"})
    assert Publication.objects.get().state == "checked"
    assert not path.exists()


def test_a_clerk_of_a_township_sees_the_own_part_only(bureau):
    bureau.month(JANUARY, close=False)
    signed_in(bureau.maker).post(reverse("standard-new"), given())
    one = Publication.objects.get()
    for township, seen in (("340223100", True), ("340223101", False)):
        clerk = signed_in(bureau.account("township_clerk", f"34.3402.340223.{township}"))
        shown = clerk.get(reverse("standard", args=[one.pk])).content.decode()
        assert (reverse("household", args=[bureau.home.pk]) in shown) is seen
        assert "在享受影响" not in shown
        assert clerk.get(reverse("standard-new")).status_code == 403
