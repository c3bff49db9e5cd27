"""The pages of reviews, appeals and samples: what changed in words, bulk acts, protected complainants."""

from typing import Any

import pytest
from django.urls import reverse

from nuanxin.kernel.casework.models import Appeal, Review, Sample
from tests.interfaces.staff.world import World, make_world


@pytest.fixture
def world(accounts: dict[str, Any]) -> World:
    return make_world(accounts["county_examiner"])


def text(answer: Any) -> str:
    return answer.content.decode()


def test_what_changed_is_told_in_words_to_those_who_may_see_it(world: World, sign_in: Any) -> None:
    page = reverse("reviews")
    assert "新登记：年工资性收入，自 2024-01-02 起" in text(sign_in("township_clerk").get(page))
    leader = text(sign_in("leader").get(page))
    assert "年工资性收入" not in leader
    assert "情况有变化" in leader


def test_bulk_confirmation_leaves_out_what_changed(world: World, sign_in: Any) -> None:
    Review.objects.filter(pk=world.other.review.pk).update(changed=False)
    client = sign_in("county_examiner")
    answer = client.post(reverse("reviews-decide"), {"act": "confirm", "all": "1"}, follow=True)
    assert "已办理 1 件" in text(answer)
    assert "有变化的须逐件核查" in text(answer)
    states = {one.pk: one.state for one in Review.objects.all()}
    assert states == {world.mine.review.pk: "open", world.other.review.pk: "confirmed"}
    checked = sign_in("section_chief").post(
        reverse("reviews-decide"), {"act": "check", "ids": [world.other.review.pk]}, follow=True
    )
    assert "已办理 1 件" in text(checked)
    assert Review.objects.get(pk=world.other.review.pk).state == "done"


def test_a_clerk_cannot_confirm_another_townships_review(world: World, sign_in: Any) -> None:
    Review.objects.update(changed=False)
    page = reverse("reviews-decide")
    sign_in("township_clerk").post(page, {"act": "confirm", "ids": [world.other.review.pk]})
    assert Review.objects.get(pk=world.other.review.pk).state == "open"


def test_a_changed_review_is_kept_with_words_or_made_a_case(world: World, sign_in: Any) -> None:
    client, page = sign_in("township_clerk"), reverse("review", args=[world.mine.review.pk])
    assert "立案办理" in text(client.get(page))
    assert "核查情况" in text(client.post(page, {"act": "keep", "note": ""}))
    assert Review.objects.get(pk=world.mine.review.pk).state == "open"
    client.post(page, {"act": "keep", "note": "工资已计入，金额不变"})
    assert Review.objects.get(pk=world.mine.review.pk).state == "confirmed"


def test_an_appeal_walks_from_the_counter_to_its_answer(world: World, sign_in: Any) -> None:
    clerk, chief, examiner = sign_in("township_clerk"), sign_in("section_chief"), sign_in("county_examiner")
    given = {
        "kind": "report", "channel": "来电", "received_on": "2024-01-02", "matter": "反映隐瞒收入",
        "complainant": "赵某 139", "grant": world.mine.grant.pk,
    }  # fmt: skip
    assert "请把编号告诉反映人" in text(clerk.post(reverse("appeal-new"), given, follow=True))
    one = Appeal.objects.get(matter="反映隐瞒收入")
    page = reverse("appeal", args=[one.pk])
    assert "赵某" not in text(chief.get(page))
    assert clerk.get(page).status_code == 403
    chief.post(page, {"act": "assign", "handler": chief.session["_auth_user_id"]})
    assert "保密" in text(examiner.post(page, {"act": "disclose", "purpose": "核实"}))
    assert "赵某 139" in text(chief.post(page, {"act": "disclose", "purpose": "电话核实"}))
    said = {"act": "decide", "outcome": "upheld", "findings": "确有隐瞒", "reply": "已启动复核", "no_relative": "1"}
    chief.post(page, said)
    one.refresh_from_db()
    assert (one.state, one.review_id) == ("decided", world.mine.review.pk)
    assert Review.objects.get(pk=world.mine.review.pk).kind == "fault"


def test_a_drawn_decision_is_looked_at_by_somebody_else(world: World, sign_in: Any) -> None:
    page = reverse("sample", args=[world.mine.sample.pk])
    examiner, chief = sign_in("county_examiner"), sign_in("section_chief")
    assert "须由另一人抽查" in text(examiner.get(page))  # the examiner made this decision
    assert "请填写抽查情况" in text(chief.post(page, {"act": "fault", "note": ""}))
    chief.post(page, {"act": "good", "note": ""})
    assert Sample.objects.get(pk=world.mine.sample.pk).state == "good"
    assert "3" * 64 in text(chief.get(reverse("samples")))
