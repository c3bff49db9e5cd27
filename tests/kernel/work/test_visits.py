import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from nuanxin.kernel.core.changes import Author, author_of
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.work import selectors
from nuanxin.kernel.work.models import Visit
from nuanxin.kernel.work.services import add_attachment, amend_visit, record_visit, sign_visit
from tests.factories.county import AREA, COUNTY, TODAY, VILLAGE, SmallCounty
from tests.kernel.work.test_attachments import PDF

pytestmark = [pytest.mark.django_db, pytest.mark.db]
CLERK_AREA = f"{AREA}.340223100"


class Desk:
    def __init__(self):
        self.county = SmallCounty()
        self.first = self.county.account("township_clerk", CLERK_AREA)
        self.second = self.county.account("township_clerk", CLERK_AREA)
        self.other = self.county.account("township_clerk", CLERK_AREA)

    def visit(self, **more):
        said = {"on": TODAY, "findings": "房屋破旧，无其他收入", "present": "王小明及其妻", "owner": ("case", 1)}
        if "second_name" not in more:
            said["second_id"] = self.second.pk
        return record_visit(
            author=author_of(self.first),
            county=COUNTY,
            division=VILLAGE,
            first_id=self.first.pk,
            **{**said, **more},
        )


@pytest.fixture
def desk():
    return Desk()


def test_a_visit_is_signed_when_both_signed(desk):
    visit = desk.visit(differs="申报无存款，现场见存折")
    with pytest.raises(Refused, match="两名人员"):
        sign_visit(account=desk.other, visit_id=visit.pk)
    assert sign_visit(account=desk.second, visit_id=visit.pk).state == "open"
    with pytest.raises(Refused, match="已经签过名"):
        sign_visit(account=desk.second, visit_id=visit.pk)
    signed = sign_visit(account=desk.first, visit_id=visit.pk)
    assert (signed.state, signed.booked_month) == ("signed", TODAY.replace(day=1))
    with pytest.raises(Refused):
        sign_visit(account=desk.first, visit_id=visit.pk)


@pytest.mark.parametrize(
    "wrong",
    [
        {"second_id": None},
        {"second_name": "  "},
        {"second_name": "张大山"},
        {"second_name": "李四", "second_reason": "村民政协理员"},
        {"on": TODAY + dt.timedelta(days=1)},
        {"findings": " "},
        {"present": ""},
        {"corrects_id": 999},
    ],
)
def test_what_is_no_visit_by_two_is_refused(desk, wrong):
    with pytest.raises(Refused):
        desk.visit(**wrong)
    assert not Visit.objects.exists()


def test_one_person_cannot_be_both_even_in_the_database(desk):
    with pytest.raises(Refused):
        desk.visit(second_id=desk.first.pk)
    visit = desk.visit()
    with pytest.raises(IntegrityError), transaction.atomic():
        Visit.objects.filter(pk=visit.pk).update(second=desk.first)
    with pytest.raises(IntegrityError), transaction.atomic():
        Visit.objects.filter(pk=visit.pk).update(state="signed")


def test_somebody_from_another_township_is_no_visitor(desk):
    stranger = desk.county.account("township_clerk", f"{AREA}.340223101")
    with pytest.raises(Refused, match="管不到"):
        desk.visit(second_id=stranger.pk)


def test_a_village_worker_without_account_is_named_with_a_reason_and_the_first_signs_for_the_record(desk):
    visit = desk.visit(second_name="张大山", second_reason="村民政协理员，未开通账号")
    signed = sign_visit(account=desk.first, visit_id=visit.pk)
    assert signed.state == "signed"
    assert (signed.second_id, signed.second_name) == (None, "张大山")
    assert signed.first_signed_at == signed.second_signed_at


def test_a_signed_visit_does_not_change_and_is_put_right_once_by_another(desk):
    visit = desk.visit()
    sign_visit(account=desk.first, visit_id=visit.pk)
    amended = amend_visit(
        author=author_of(desk.first), visit_id=visit.pk, present="王小明", findings="有砖房三间", differs=""
    )
    assert amended.first_signed_at is None
    with pytest.raises(Refused, match="更正"):
        desk.visit(corrects_id=visit.pk)
    for account in (desk.first, desk.second):
        sign_visit(account=account, visit_id=visit.pk)
    with pytest.raises(Refused, match="不能再改"):
        amend_visit(author=Author("测试"), visit_id=visit.pk, present="x", findings="y", differs="")
    with pytest.raises(Refused, match="照片"):
        add_attachment(
            author=Author("测试"),
            owner=("visit", visit.pk),
            county=COUNTY,
            division=VILLAGE,
            document="照片",
            name="a.pdf",
            data=PDF,
        )
    with pytest.raises(Refused):
        desk.visit(corrects_id=visit.pk, owner=("case", 2))
    right = desk.visit(corrects_id=visit.pk)
    with pytest.raises(Refused):
        desk.visit(corrects_id=visit.pk)
    assert list(selectors.visits_of(("case", 1))) == [right, visit]
