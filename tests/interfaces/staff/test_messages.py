"""Every Chinese sentence of the pages has an English one, and the compiled catalogue is the written one."""

from nuanxin.interfaces.locale import messages


def test_every_sentence_has_english() -> None:
    known = messages.read()
    assert [text for text in messages.used() if not known.get(text)] == []


def test_the_catalogue_holds_no_stale_sentence() -> None:
    assert sorted(messages.read()) == messages.used()


def test_the_compiled_catalogue_is_up_to_date() -> None:
    assert messages.CATALOGUE.with_suffix(".mo").read_bytes() == messages.compiled(messages.read())


def test_placeholders_are_kept() -> None:
    import re

    names = re.compile(r"%\((\w+)\)s")
    for text, said in messages.read().items():
        assert set(names.findall(text)) == set(names.findall(said)), text
