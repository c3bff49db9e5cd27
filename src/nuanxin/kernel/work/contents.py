"""What an uploaded file is: read from its bytes, held against its name; photos lose where they were taken.

Taken are pdf, jpg, png, docx and xlsx. HEIC is not: half the offices' machines cannot show it. A photo's Exif, XMP,
IPTC, comments and whatever follows its last byte are left out (only its orientation stays): the place and the phone of
a poor household's photo are nobody's evidence.
"""

import io
import re
import struct
import unicodedata
import zipfile
from dataclasses import dataclass

from nuanxin.kernel.core.errors import Refused

TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SAME = {"jpeg": "jpg", "jpe": "jpg"}
ALLOWED = "PDF、JPG、PNG、DOCX、XLSX"
# an ending before the last one that is any of these makes a double ending (`身份证.pdf.exe`, `照片.jpg.pdf`)
KNOWN_ENDINGS = (
    "pdf jpg jpeg jpe png gif bmp tif tiff heic webp svg doc docx docm dot xls xlsx xlsm ppt pptx wps et txt csv rtf "
    "htm html xml js vbs ps1 bat cmd com exe scr pif msi dll sh py php jar apk lnk zip rar 7z tar gz iso"
)
ENDINGS = frozenset(KNOWN_ENDINGS.split())
LONGEST_NAME = 100
PNG_HEAD = b"\x89PNG\r\n\x1a\n"
PNG_KEPT_OUT = {b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"}
NO_LENGTH = {0x01, *range(0xD0, 0xD9)}


@dataclass(frozen=True)
class Contents:
    """A file as it is kept: cleaned name, media type, bytes."""

    name: str
    content_type: str
    data: bytes


def examine(name: str, data: bytes, *, largest: int) -> Contents:
    """Return a file as it is kept; Refused in words when it is empty, too big, mistyped or of a kind not taken."""
    check_size(len(data), largest=largest)
    cleaned, ending = clean_name(name)
    found = _kind(data)
    if found != ending:
        said = f"它其实是 {found.upper()} 文件" if found else "它的内容不是可以接收的类型，或者文件不完整"
        raise Refused(
            "attachment.contents", f"“{cleaned}”的内容与后缀不符：{said}。", "请重新拍照、扫描或另存后再上传。"
        )
    stripped = {"jpg": strip_jpeg, "png": strip_png}.get(ending, bytes)(data)
    return Contents(cleaned, TYPES[ending], stripped)


def check_size(size: int, *, largest: int) -> None:
    """Refuse an empty file and one over the limit, by its size alone: before anybody reads it into memory."""
    if size <= 0:
        raise Refused("attachment.empty", "文件是空的。", "请重新选择文件。")
    if size > largest:
        message = f"文件有 {size / 1024 / 1024:.0f} MB，超过了 {largest // 1024 // 1024} MB 的上限。"
        raise Refused("attachment.size", message, "请调低扫描或拍照的清晰度，或分成几份上传。")


def clean_name(name: str) -> tuple[str, str]:
    """Return a name fit to be shown and its ending; Refused on a missing, foreign or double ending.

    Folders, control and direction marks are taken out, full-width letters made plain, blanks made one.
    """
    plain = unicodedata.normalize("NFKC", name).replace("\\", "/").rpartition("/")[2]
    plain = "".join(one for one in plain if unicodedata.category(one)[0] != "C")
    plain = re.sub(r"\s+", " ", plain)
    *before, ending = [part.strip() for part in plain.split(".")]
    ending = SAME.get(ending.lower(), ending.lower())
    if ending == "heic" or ending == "heif":
        raise Refused("attachment.heic", "暂不接收 HEIC 照片。", "请在手机相机设置里选“兼容性最佳”（JPG）后重新拍照。")
    if not before or ending not in TYPES:
        raise Refused("attachment.type", f"不能接收“{plain[:60]}”这种文件。", f"请上传 {ALLOWED} 文件。")
    if any(part.lower() in ENDINGS for part in before[1:]):
        raise Refused("attachment.double", f"“{plain[:60]}”有两个后缀。", "请把文件改名，只留一个后缀，再上传。")
    stem = ".".join(part for part in before if part)
    return f"{stem[:LONGEST_NAME] or '附件'}.{ending}", ending


def _kind(data: bytes) -> str:
    """Return the type the bytes show from their first to their last, empty when it is none that is taken."""
    if data.startswith(b"%PDF-") and b"%%EOF" in data[-2048:]:
        return "pdf"
    if data.startswith(b"\xff\xd8\xff") and _jpeg_end(data):
        return "jpg"
    if data.startswith(PNG_HEAD) and b"IEND" in data[-4096:]:
        return "png"
    return _office(data) if data.startswith(b"PK\x03\x04") else ""


def _office(data: bytes) -> str:
    """Return docx or xlsx by the parts inside; none with macros. Only the directory is read, nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, struct.error):
        return ""
    if "[Content_Types].xml" not in names or any(one.lower().endswith("vbaproject.bin") for one in names):
        return ""
    return "docx" if "word/document.xml" in names else "xlsx" if "xl/workbook.xml" in names else ""


def _segments(data: bytes) -> list[tuple[int, int, int]] | None:
    """Return a JPEG's segments as (marker, start, end), the picture's data with its SOS; None when it breaks off."""
    found: list[tuple[int, int, int]] = []
    at = 2
    while at + 2 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xD9:
            return [*found, (marker, at, at + 2)]
        if marker in NO_LENGTH:
            end = at + 2
        else:
            if at + 4 > len(data):
                return None
            end = at + 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
        if marker == 0xDA:
            end = _scan_end(data, end)
        if end <= at or end > len(data):
            return None
        found.append((marker, at, end))
        at = end
    return None


def _scan_end(data: bytes, at: int) -> int:
    """Return where the next marker after a scan's data stands; stuffed bytes and restarts belong to the scan."""
    while (at := data.find(b"\xff", at)) >= 0 and at + 1 < len(data):
        if data[at + 1] != 0 and not 0xD0 <= data[at + 1] <= 0xD7:
            return at
        at += 2
    return len(data) + 1


def _jpeg_end(data: bytes) -> int:
    found = _segments(data)
    return found[-1][2] if found else 0


def strip_jpeg(data: bytes) -> bytes:
    """Return a JPEG without Exif, XMP, IPTC, comments, further pictures and trailing bytes; a turned one stays turned.

    Kept are JFIF, the colour profile and Adobe's colour transform. Refused when the file breaks off.
    """
    segments = _segments(data)
    if segments is None:
        raise Refused("attachment.contents", "照片文件不完整。", "请重新拍照或重新传输后再上传。")
    kept, turned = [b"\xff\xd8"], 1
    for marker, start, end in segments:
        part = data[start:end]
        if marker == 0xE1 and part[4:10] == b"Exif\0\0":
            turned = _orientation(part[10:]) or turned
        named = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}.get(marker)
        if marker == 0xFE or (0xE0 <= marker <= 0xEF and not (named and part[4:].startswith(named))):
            continue
        kept.append(part)
    if turned != 1:
        place = 2 if len(kept) > 1 and kept[1][1] == 0xE0 else 1
        kept.insert(place, _turned(turned))
    return b"".join(kept)


def _orientation(tiff: bytes) -> int:
    """Return the Exif orientation (tag 0x0112, 1 to 8), 0 when there is none."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    try:
        if order is None:
            return 0
        (first,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, first)
        for entry in range(count):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", tiff, first + 2 + 12 * entry)
            if tag == 0x0112 and kind == 3:
                return value if 1 <= value <= 8 else 0
    except struct.error:
        return 0
    return 0


def _turned(orientation: int) -> bytes:
    """Return an Exif segment that says nothing but how the picture is turned."""
    tiff = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", len(tiff) + 8) + b"Exif\0\0" + tiff


def strip_png(data: bytes) -> bytes:
    """Return a PNG without Exif, texts, its time and trailing bytes; Refused when it breaks off."""
    kept, at = [PNG_HEAD], len(PNG_HEAD)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        name, end = data[at + 4 : at + 8], at + 12 + length
        if end > len(data):
            break
        if name not in PNG_KEPT_OUT:
            kept.append(data[at:end])
        if name == b"IEND":
            return b"".join(kept)
        at = end
    raise Refused("attachment.contents", "图片文件不完整。", "请重新扫描或重新传输后再上传。")
