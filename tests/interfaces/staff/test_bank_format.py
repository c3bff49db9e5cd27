"""The bank's format is told with samples, and an answer is tried line by line before it counts."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.interfaces.staff.test_account_changes import JANUARY, paid, signed_in, text


@pytest.fixture
def county(db: None, tmp_path: Any) -> Any:
    from tests.factories.month import MonthCounty

    return MonthCounty(tmp_path)


def test_the_samples_are_what_the_product_itself_reads(county: Any) -> None:
    from nuanxin.kernel.payments.bank_text import parse_return, read_lines
    from nuanxin.kernel.payments.profiles import load_profile
    from tests.factories.month import COUNTY

    client, profile = signed_in(county.maker), load_profile(COUNTY)
    shown = text(client.get("/payments/bank-format/"))
    assert all(word in shown for word in ("GB18030", "账号", "须与送出的一致", "03", "账户已销户"))
    control, rows = read_lines(profile, client.get("/payments/bank-format/out/").content)
    answer, lines = parse_return(profile, client.get("/payments/bank-format/return/").content)
    assert (control.total_fen, control.line_count) == (answer.total_fen, answer.line_count) == (17050, 2)
    assert [row[0] for row in rows] == [str(line.seq) for line in lines] == ["1", "2"]
    assert client.get("/payments/bank-format/other/").status_code == 404


def test_an_answer_is_tried_and_nothing_is_counted(county: Any) -> None:
    from nuanxin.kernel.cycle import services as cycle
    from nuanxin.kernel.payments.models import BankFile, Line
    from tests.factories.month import COUNTY

    old = paid(county)
    (run,) = cycle.prepare_payment_runs(county=COUNTY, month=JANUARY, author=county.author)
    cycle.release_run(run_id=run.pk, account=county.checker)
    cycle.write_bank_file(run_id=run.pk, author=county.author)
    good = county.answer(run.pk, {old[1].pk})
    client, place = signed_in(county.maker), f"/payments/{run.pk}/return/try/"

    shown = text(client.post(place, {"file": SimpleUploadedFile("a.txt", good)}))
    assert "可以接收" in shown
    assert "到账 2 笔 100.00 元，退票 1 笔 50.00 元" in shown
    wrong = good.replace(b"6217", b"6222", 1)
    shown = text(client.post(place, {"file": SimpleUploadedFile("a.txt", wrong)}))
    assert "不能接收" in shown
    assert "第 1 号明细的账号与送出的不同" in shown
    assert client.post(place, {"file": SimpleUploadedFile("a.txt", b"x")}).status_code == 409
    assert client.post(place, {}).status_code == 409
    assert set(Line.objects.values_list("state", flat=True)) == {"sent"}
    assert not BankFile.objects.filter(direction="in").exists()
    assert signed_in(county.checker).post(place, {}).status_code == 403
