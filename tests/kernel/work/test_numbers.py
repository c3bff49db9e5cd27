"""Several people issue letters at once: no number twice, none left out."""

import threading

import pytest
from django.db import connection

from nuanxin.kernel.core.changes import Author
from nuanxin.kernel.work.models import Letter
from nuanxin.kernel.work.services import issue_letters, queue_letters
from tests.factories.county import SmallCounty
from tests.kernel.work.test_letters import draft

PEOPLE, EACH = 4, 12


@pytest.mark.db
@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gap_and_no_double_when_several_issue_at_once():
    county = SmallCounty()
    queue_letters(change=county.change, drafts=[draft(f"k{n}") for n in range(PEOPLE * EACH)])
    ids = list(Letter.objects.order_by("pk").values_list("pk", flat=True))
    started, faults = threading.Barrier(PEOPLE), []

    def work(mine):
        try:
            started.wait(timeout=30)
            for at in range(0, EACH, 3):
                issue_letters(author=Author("测试"), letter_ids=[*mine[at : at + 3], ids[0]])
        except Exception as error:  # told to the test below
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(ids[place::PEOPLE],)) for place in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not faults
    assert sorted(Letter.objects.values_list("number", flat=True)) == list(range(1, PEOPLE * EACH + 1))
