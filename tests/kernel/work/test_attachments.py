import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuanxin.kernel.access.models import Disclosure
from nuanxin.kernel.core.changes import author_of
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.work import selectors
from nuanxin.kernel.work.contents import check_size, clean_name, examine, strip_jpeg
from nuanxin.kernel.work.services import add_attachment, open_attachment, refuse_size, void_attachment
from tests.factories.county import AREA, COUNTY, VILLAGE, SmallCounty

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
LIMIT = 1024 * 1024
CLERK_AREA = f"{AREA}.340223100"


def segment(marker, body):
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def exif(*, turned=6, secret=b"GPS 31.1N 118.2E"):
    entries = struct.pack(">HHIHH", 0x0112, 3, 1, turned, 0)
    return segment(0xE1, b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 1) + entries + struct.pack(">I", 0) + secret)


def jpeg(*extra, tail=b""):
    scan = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\x34\xff\xd0\x56"
    return b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + b"".join(extra) + scan + b"\xff\xd9" + tail


def png(*extra):
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    parts = [chunk(b"IHDR", bytes(13)), *(chunk(*one) for one in extra), chunk(b"IDAT", b"x"), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def office(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("[Content_Types].xml", *names):
            archive.writestr(name, "<x/>")
    return file.getvalue()


DOCX, XLSX = office("word/document.xml"), office("xl/workbook.xml")
GOOD = [
    ("申请书.pdf", PDF, "application/pdf"),
    ("门前.JPG", jpeg(), "image/jpeg"),
    ("门前.jpeg", jpeg(), "image/jpeg"),
    ("证.png", png(), "image/png"),
    ("2024.03.15 王小明 户口本.pdf", PDF, "application/pdf"),
    ("表.docx", DOCX, DOCX and "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("表.xlsx", XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
]
BAD = [
    ("a.pdf", b"", "attachment.empty"),
    ("a.pdf", PDF + b"x" * LIMIT, "attachment.size"),
    ("a.exe", PDF, "attachment.type"),
    ("a", PDF, "attachment.type"),
    ("pdf", PDF, "attachment.type"),
    (".pdf", PDF, "attachment.contents"),
    ("a.pdf.exe", PDF, "attachment.type"),
    ("a.exe.pdf", PDF, "attachment.double"),
    ("a.EXE .pdf", PDF, "attachment.double"),
    ("a．exe．pdf", PDF, "attachment.double"),
    ("a.jpg.pdf", PDF, "attachment.double"),
    ("gpj.\u202eexe.pdf", PDF, "attachment.double"),
    ("a.jpg", PDF, "attachment.contents"),
    ("a.pdf", jpeg(), "attachment.contents"),
    ("a.pdf", b"MZ" + PDF, "attachment.contents"),
    ("a.pdf", PDF[:-8], "attachment.contents"),
    ("a.jpg", jpeg()[:-2], "attachment.contents"),
    ("a.png", png()[:-12], "attachment.contents"),
    ("a.docx", XLSX, "attachment.contents"),
    ("a.docx", office("word/document.xml", "word/vbaProject.bin"), "attachment.contents"),
    ("a.docx", office("evil.js"), "attachment.contents"),
    ("a.docx", b"PK\x03\x04 torn", "attachment.contents"),
    ("a.heic", jpeg(), "attachment.heic"),
]


@pytest.mark.parametrize(("name", "data", "kind"), GOOD, ids=[one[0] for one in GOOD])
def test_what_offices_send_is_taken(name, data, kind):
    assert examine(name, data, largest=LIMIT).content_type == kind


@pytest.mark.parametrize(("name", "data", "code"), [(n, d, c) for n, d, c in BAD if n != ".pdf"])
def test_what_is_not_what_it_says_is_refused_in_words(name, data, code):
    with pytest.raises(Refused) as refused:
        examine(name, data, largest=LIMIT)
    assert refused.value.code == code
    assert refused.value.message.endswith("。")
    assert refused.value.todo.startswith("请")


def test_the_size_alone_is_enough_to_refuse():
    check_size(LIMIT, largest=LIMIT)
    for size in (0, -1, LIMIT + 1, 200 * LIMIT):
        with pytest.raises(Refused):
            check_size(size, largest=LIMIT)
    with pytest.raises(Refused, match="200 MB"):
        refuse_size(200 * 1024 * 1024)


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("C:\\Users\\王\\户口本.pdf", "户口本.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("ａ\u202e\x00 b\n.ＰＤＦ", "a b.pdf"),
        ("长" * 300 + ".pdf", "长" * 100 + ".pdf"),
        (".pdf", "附件.pdf"),
        ("𠅤·买买提.pdf", "𠅤·买买提.pdf"),
    ],
)
def test_names_are_cleaned(given_name, kept):
    assert clean_name(given_name)[0] == kept


def test_a_photo_keeps_how_it_is_turned_and_loses_where_it_was_taken():
    icc = segment(0xE2, b"ICC_PROFILE\0abc")
    xmp, comment = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0GPS"), segment(0xFE, b"GPS here")
    more = segment(0xE2, b"MPF\0second picture")
    kept = strip_jpeg(jpeg(exif(turned=6), xmp, icc, comment, more, tail=jpeg(exif())))
    assert b"GPS" not in kept
    assert b"MPF" not in kept
    assert icc in kept
    assert kept.count(b"Exif\0\0") == 1
    assert kept.endswith(b"\x12\xff\x00\x34\xff\xd0\x56\xff\xd9")
    assert strip_jpeg(kept) == kept
    assert struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0) in kept
    assert b"Exif" not in strip_jpeg(jpeg(exif(turned=1)))
    plain = examine("a.png", png((b"eXIf", b"GPS"), (b"tEXt", b"GPS")), largest=LIMIT).data
    assert plain == png()


@given(st.binary(max_size=60), st.sampled_from([jpeg(), png(), PDF, DOCX]), st.integers(0, 200))
def test_torn_files_are_refused_or_taken_never_a_crash(noise, whole, at):
    for ending in ("jpg", "png", "pdf", "docx"):
        try:
            examine(f"a.{ending}", whole[:at] + noise + whole[at:] or b"x", largest=LIMIT)
        except Refused:
            continue


@given(st.text(max_size=30))
def test_a_kept_name_has_one_ending_and_no_folder(stem):
    try:
        name, ending = clean_name(f"{stem}.pdf")
    except Refused:
        return
    assert name.endswith(".pdf")
    assert ending == "pdf"
    assert not {"/", "\\", "\n", "\0", "\u202e"} & set(name)


@pytest.fixture
def county(db):
    return SmallCounty()


def keep(account, *, owner=("case", 1), data=PDF):
    return add_attachment(
        author=author_of(account),
        owner=owner,
        county=COUNTY,
        division=VILLAGE,
        document="户口本",
        name="a.pdf",
        data=data,
    )


@pytest.mark.db
@pytest.mark.django_db
def test_an_attachment_is_sealed_and_its_opening_logged(county, settings):
    clerk = county.account("township_clerk", CLERK_AREA)
    kept = keep(clerk)
    assert PDF not in (settings.STORE / kept.path).read_bytes()
    assert open_attachment(account=clerk, attachment_id=kept.pk, purpose="核对申请材料") == ("a.pdf", PDF)
    entry = Disclosure.objects.get()
    assert (entry.account, entry.what, entry.purpose) == (clerk, f"attachment:{kept.pk}", "核对申请材料")
    with pytest.raises(Refused):
        open_attachment(account=clerk, attachment_id=kept.pk, purpose=" ")
    with pytest.raises(Refused):
        open_attachment(account=county.account("leader"), attachment_id=kept.pk, purpose="看看")
    stranger = county.account("township_clerk", f"{AREA}.340223101")
    with pytest.raises(Refused):
        open_attachment(account=stranger, attachment_id=kept.pk, purpose="核对申请材料")
    assert Disclosure.objects.count() == 1


@pytest.mark.db
@pytest.mark.django_db
def test_the_same_file_twice_is_one_and_a_voided_one_counts_no_more(county):
    clerk = county.account("township_clerk", CLERK_AREA)
    first = keep(clerk)
    assert keep(clerk) == first
    assert keep(clerk, data=PDF + b" ") != first
    void_attachment(author=author_of(clerk), attachment_id=first.pk, reason="传错了人")
    assert first not in selectors.attachments_of(("case", 1))
    assert first in selectors.attachments_of(("case", 1), void_too=True)
    assert keep(clerk) != first
    for reason in ("", "传错了人"):
        with pytest.raises(Refused):
            void_attachment(author=author_of(clerk), attachment_id=first.pk, reason=reason)
