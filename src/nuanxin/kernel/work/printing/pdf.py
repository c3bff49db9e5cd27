"""PDF by typst: the words go in as JSON, so that none of them can be read as markup."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst

from nuanxin.kernel.core.errors import Fault, Refused
from nuanxin.kernel.work.words import LetterWords

LAYOUT = Path(__file__).parent / "letter.typ"
# GB/T 9704 asks for 仿宋 and 小标宋, which are licensed: used where the machine has them, else the free serif
BODY = ("FangSong_GB2312", "仿宋_GB2312", "FangSong", "STFangsong", "Noto Serif CJK SC", "Source Han Serif SC")
TITLE = ("FZXiaoBiaoSong-B05S", "方正小标宋简体", "STZhongsong", "Noto Serif CJK SC", "Source Han Serif SC")
ANY = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "SimSun",
    "Droid Sans Fallback",
)


@lru_cache(maxsize=1)
def _fonts() -> Any:
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=False)


def choose_fonts(families: Iterable[str]) -> dict[str, list[str]]:
    """Return the body's and the title's fonts of those there are; Refused where no Han font is: no boxes on paper."""
    held = set(families)
    common = [name for name in ANY if name in held]
    chosen = {
        "body": [name for name in BODY if name in held] + common,
        "title": [name for name in TITLE if name in held] + common,
    }
    if not all(chosen.values()):
        raise Refused(
            "letter.fonts",
            "这台服务器没有中文字体，不能生成 PDF。",
            "请管理员安装字体（Debian：apt-get install fonts-noto-cjk）并重启服务；也可以先下载 DOCX。",
        )
    return chosen


def check_fonts() -> None:
    """Raise Refused where this machine has no font with Han characters."""
    choose_fonts(_fonts().families())


def make_pdf(letters: Sequence[LetterWords], *, name: str, on: dt.date) -> bytes:
    """Return letters as one PDF, each from page 1; the same words and date give the same bytes."""
    inputs = {
        "letters": json.dumps([asdict(one) for one in letters], ensure_ascii=False),
        "fonts": json.dumps(choose_fonts(_fonts().families()), ensure_ascii=False),
        "name": name,
    }
    made_at = dt.datetime.combine(on, dt.time(), dt.UTC)
    try:
        compiler = typst.Compiler(LAYOUT.read_bytes(), font_paths=_fonts(), sys_inputs=inputs)
        made = compiler.compile(format="pdf", timestamp=made_at)
    except typst.TypstError as error:
        raise Fault(f"typst could not set the letter {name}: {error}") from error
    if not isinstance(made, bytes):
        raise Fault("typst gave no single PDF")
    return made
