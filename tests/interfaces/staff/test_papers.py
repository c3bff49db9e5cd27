"""Letters, attachments, visits and handovers as a clerk meets them."""

import io
from typing import Any

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.urls import reverse

from nuanxin.interfaces.staff.papers import note_for
from nuanxin.kernel.access.models import Disclosure
from nuanxin.kernel.work.models import Attachment, HandOver, Letter, StandIn, Visit
from tests.interfaces.staff.world import World, make_world

PDF = b"%PDF-1.7\n%%EOF"


@pytest.fixture
def world(accounts: dict[str, Any]) -> World:
    return make_world(accounts["county_examiner"])


def note(account: Any, world: World, town: int = 0) -> str:
    return note_for(account, ("person", world.places[town].person.pk), world.walk.villages[town].code)


def test_chosen_letters_are_numbered_and_come_as_one_pdf(world: World, sign_in: Any) -> None:
    page = reverse("letters-bulk")
    ids = [place.letter.pk for place in world.places]
    answer = sign_in("county_examiner").post(page, {"act": "print", "ids": ids})
    assert answer.headers["Content-Disposition"].startswith("attachment")
    text = "".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(answer.content)).pages)
    assert "1 号" in text
    assert "2 号" in text
    assert set(Letter.objects.values_list("state", flat=True)) == {"issued"}
    said = {"act": "deliver", "ids": ids, "on": "2024-01-01", "method": "handed"}
    assert sign_in("county_examiner").post(page, said).status_code == 409
    said["on"] = Letter.objects.first().issued_on.isoformat()
    assert sign_in("county_examiner").post(page, said).status_code == 302
    assert set(Letter.objects.values_list("state", flat=True)) == {"delivered"}


def test_a_clerk_prints_only_the_own_townships_letters(world: World, sign_in: Any) -> None:
    ids = [place.letter.pk for place in world.places]
    sign_in("township_clerk").post(reverse("letters-bulk"), {"act": "print", "ids": ids})
    assert dict(Letter.objects.values_list("pk", "state")) == {ids[0]: "issued", ids[1]: "queued"}
    for name, args in (("letter-file", [ids[1], "pdf"]), ("letter", [ids[1]])):
        assert sign_in("township_clerk").get(reverse(name, args=args)).status_code == 404
    assert sign_in("township_clerk").post(reverse("letter-act", args=[ids[1]]), {"act": "issue"}).status_code == 404


def test_one_letter_is_issued_read_taken_and_voided(world: World, sign_in: Any) -> None:
    clerk, pk = sign_in("township_clerk"), world.mine.letter.pk
    assert clerk.post(reverse("letter-act", args=[pk]), {"act": "issue"}).status_code == 302
    shown = clerk.get(reverse("letter", args=[pk])).content.decode()
    assert "人民币780.00元（大写：柒佰捌拾元整）" in shown
    for kind in ("pdf", "docx"):
        assert clerk.get(reverse("letter-file", args=[pk, kind])).status_code == 200
    assert clerk.get(reverse("letter-file", args=[pk, "odt"])).status_code == 409
    assert clerk.post(reverse("letter-act", args=[pk]), {"act": "void", "reason": ""}).status_code == 409
    assert clerk.post(reverse("letter-act", args=[pk]), {"act": "void", "reason": "写错了"}).status_code == 302
    assert Letter.objects.get(pk=pk).state == "void"


def test_what_a_letter_says_is_hidden_where_means_are(world: World, sign_in: Any) -> None:
    shown = sign_in("leader").get(reverse("letter", args=[world.mine.letter.pk])).content.decode()
    assert "780.00" not in shown
    assert "张三" not in shown


def test_an_attachment_is_taken_in_and_opened_for_a_purpose(world: World, sign_in: Any, accounts: Any) -> None:
    clerk, account = sign_in("township_clerk"), accounts["township_clerk"]
    file = SimpleUploadedFile("户口本.pdf", PDF)
    said = {"note": note(account, world), "document": "户口本", "file": file, "next": "/people/#attachments"}
    answer = clerk.post(reverse("attachment-add"), said)
    assert answer.headers["Location"] == "/people/#attachments"
    kept = Attachment.objects.get(sm3=Attachment.objects.order_by("-pk").first().sm3, added_by=account)
    page = reverse("attachment-open", args=[kept.pk])
    assert clerk.post(page, {"purpose": ""}).status_code == 409
    answer = clerk.post(page, {"purpose": "核对申请材料"})
    assert answer.content == PDF
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert Disclosure.objects.get().account == account
    assert clerk.post(reverse("attachment-void", args=[kept.pk]), {"reason": "传错了人"}).status_code == 302
    other = reverse("attachment-open", args=[world.other.attachment.pk])
    assert clerk.post(other, {"purpose": "核对申请材料"}).status_code == 404


@pytest.mark.parametrize("name", ["证.pdf.exe", "证.jpg.pdf", "证.jpg", "证.pdf"])
def test_a_bad_file_is_refused_in_words(world: World, sign_in: Any, accounts: Any, name: str) -> None:
    data = b"" if name == "证.pdf" else PDF
    said = {"note": note(accounts["township_clerk"], world), "document": "证", "file": SimpleUploadedFile(name, data)}
    answer = sign_in("township_clerk").post(reverse("attachment-add"), said)
    assert answer.status_code == 409
    assert "请" in answer.content.decode()


def test_a_note_of_somebody_else_or_for_another_place_opens_nothing(world: World, sign_in: Any, accounts: Any) -> None:
    clerk, file = accounts["township_clerk"], SimpleUploadedFile("a.pdf", PDF)
    before = Attachment.objects.count()
    for wrong, status in (
        (note(accounts["county_examiner"], world), 409),
        ("forged", 409),
        ("", 409),
        (note(clerk, world, town=1), 404),
    ):
        said = {"note": wrong, "document": "证", "file": file}
        assert sign_in("township_clerk").post(reverse("attachment-add"), said).status_code == status
        assert sign_in("township_clerk").post(reverse("visit-new"), {"note": wrong}).status_code == status
    assert Attachment.objects.count() == before


def test_too_large_an_upload_is_refused_before_it_is_read(
    world: World, sign_in: Any, accounts: Any, settings: Any
) -> None:
    settings.ATTACHMENT_LIMIT = 10
    said = {"note": note(accounts["township_clerk"], world), "document": "证", "file": SimpleUploadedFile("a.pdf", PDF)}
    answer = sign_in("township_clerk").post(reverse("attachment-add"), said)
    assert answer.status_code == 409
    assert "上限" in answer.content.decode()


def test_two_hundred_megabytes_are_turned_away_by_their_announced_size(sign_in: Any) -> None:
    answer = sign_in("township_clerk").post(
        reverse("attachment-add"), b"x", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(200 << 20)
    )
    assert answer.status_code == 413
    assert "100 MB" in answer.content.decode()


def test_a_visit_is_recorded_and_signed(world: World, sign_in: Any, accounts: Any) -> None:
    clerk = sign_in("township_clerk")
    said = {
        "note": note(accounts["township_clerk"], world),
        "on": "2024-01-02",
        "second": accounts["county_examiner"].pk,
        "present": "张三",
        "findings": "独居，砖房两间",
    }
    assert clerk.post(reverse("visit-new"), {**said, "second": ""}).status_code == 409
    assert clerk.post(reverse("visit-new"), {**said, "on": ""}).status_code == 409
    assert clerk.post(reverse("visit-new"), said).status_code == 302
    visit = Visit.objects.get(findings="独居，砖房两间")
    assert sign_in("auditor").post(reverse("visit-sign", args=[visit.pk])).status_code == 409
    for role in ("township_clerk", "county_examiner"):
        assert sign_in(role).post(reverse("visit-sign", args=[visit.pk])).status_code == 302
    visit.refresh_from_db()
    assert visit.state == "signed"
    assert clerk.post(reverse("visit-sign", args=[world.other.visit.pk])).status_code == 404


def test_a_clerk_names_a_stand_in_and_hands_over(world: World, sign_in: Any, accounts: Any) -> None:
    clerk, page = sign_in("township_clerk"), reverse("handover")
    giver, taker = accounts["township_clerk"].pk, accounts["county_examiner"].pk
    said = {
        "act": "stand_in",
        "giver": giver,
        "taker": taker,
        "from": "2030-01-01",
        "last": "2030-01-07",
        "reason": "休假",
    }
    assert clerk.post(page, {**said, "giver": taker}).status_code == 404
    assert clerk.post(page, {**said, "taker": accounts["finance"].pk}).status_code == 409
    assert clerk.post(page, {**said, "last": ""}).status_code == 409
    assert clerk.post(page, said).status_code == 302
    held = StandIn.objects.get()
    assert (held.valid_to - held.valid_from).days == 7
    assert "休假" in clerk.get(page).content.decode()
    assert "休假" in sign_in("county_examiner").get(page).content.decode()
    assert clerk.post(page, {"act": "end", "stand_in": held.pk}).status_code == 302
    assert sign_in("section_chief").post(page, {**said, "act": "hand_over"}).status_code == 302
    assert HandOver.objects.get().to_id == taker
    assert "已移交" in clerk.get(page).content.decode()


def test_the_partials_show_papers_and_forms(world: World, accounts: Any, rf: RequestFactory) -> None:
    from django.template.loader import render_to_string

    from nuanxin.kernel.core import clock
    from nuanxin.kernel.work import selectors as work

    request = rf.get("/people/")
    request.user = accounts["township_clerk"]
    owner = ("person", world.mine.person.pk)
    context = {
        "owner": owner,
        "place": world.walk.villages[0].code,
        "mine": True,
        "means": True,
        "may_make": True,
        "may_disclose": True,
        "attachments": work.attachments_of(owner),
        "visits": work.visits_of(owner),
        "letters": work.letters_of(owner),
        "tasks": work.tasks_of(owner),
        "colleagues": [accounts["county_examiner"]],
        "today": clock.today(),
        "request": request,
    }
    for name, said in (
        ("attachments", "户口本"),
        ("visits", "张大山"),
        ("letters", "确认通知书"),
        ("tasks", "没有待办"),
    ):
        full = render_to_string(f"includes/{name}.html", context)
        assert said in full
        assert ("<form" in full) == (name in ("attachments", "visits"))
        bare = {**context, "mine": False, "may_make": False, "may_disclose": False}
        assert "attachment-add" not in render_to_string(f"includes/{name}.html", bare)
        empty = {**context, "attachments": [], "visits": [], "letters": [], "tasks": []}
        assert "empty-state" in render_to_string(f"includes/{name}.html", empty)
