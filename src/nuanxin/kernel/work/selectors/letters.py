"""Reading letters: by place, by owner, in words."""

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.core.crypto import sm3_hex
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.work.models import Letter
from nuanxin.kernel.work.selectors.tasks import in_area_of
from nuanxin.kernel.work.values import Owner
from nuanxin.kernel.work.words import LetterWords, words_of

CHUNK = 500


def letters_in(county: str) -> QuerySet[Letter]:
    """Return a county's letters, the newest first."""
    return Letter.objects.filter(county=county).select_related("person", "division").order_by("-id")


def letters_seen(account: Account) -> QuerySet[Letter]:
    """Return the letters of the account's area, the newest first."""
    return Letter.objects.filter(in_area_of(account)).select_related("person", "division").order_by("-id")


def letter_seen(account: Account, letter_id: int) -> Letter | None:
    """Return a letter with its wording, None when it is not there or outside the account's area."""
    return letters_seen(account).select_related("wording", "issued_by").filter(pk=letter_id).first()


def letters_of(owner: Owner) -> QuerySet[Letter]:
    """Return an owner's letters, the newest first."""
    return Letter.objects.filter(owner_kind=owner[0], owner_id=owner[1]).order_by("-id")


def queued_keys(keys: Sequence[str]) -> set[str]:
    """Return those of the keys under which there is a letter, whatever its state."""
    return {
        key
        for start in range(0, len(keys), CHUNK)
        for key in Letter.objects.filter(key__in=keys[start : start + CHUNK]).values_list("key", flat=True)
    }


def letters_by_ids(ids: Iterable[int]) -> list[Letter]:
    """Return letters with their wordings in the order of the ids."""
    wanted = list(dict.fromkeys(ids))
    found = {letter.pk: letter for letter in Letter.objects.select_related("wording").filter(pk__in=wanted)}
    return [found[pk] for pk in wanted if pk in found]


def letter_words(letter: Letter) -> LetterWords:
    """Return what stands in a letter; Refused when its frozen values or wording were altered since."""
    if sm3_hex(letter.values) != letter.values_sm3 or sm3_hex(letter.wording.text) != letter.wording_id:
        raise Refused("letter.altered", f"文书 {letter.pk} 的内容与制作时不一致。", "请作废这份文书并查明原因。")
    return words_of(
        wording=letter.wording.text,
        values=letter.values,
        year=letter.year,
        number=letter.number,
        on=letter.issued_on,
    )
