"""Gather the pages' Chinese sentences, keep them in `en/LC_MESSAGES/django.po`, compile it; needs no system gettext.

`python -m nuanxin.interfaces.locale.messages` adds new sentences, drops those no page uses, writes the `.mo`, and
fails while a sentence has no English.
"""

import ast
import re
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

from nuanxin.interfaces.locale.declared import PACKAGE, declared

INTERFACES = Path(__file__).resolve().parent.parent
CATALOGUE = INTERFACES / "locale" / "en" / "LC_MESSAGES" / "django.po"
ANSWERS = PACKAGE / "kernel" / "rulebook" / "words.py"  # the one room below whose sentences a page says
CALLS = {"_", "gettext", "gettext_lazy", "say"}
IN_TEMPLATE = re.compile(r"""gettext\(u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\"\"\".*?\"\"\")\)""", re.DOTALL)
HEAD = "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\nLanguage: en\n"


def used() -> list[str]:
    """Return every sentence the pages use, sorted."""
    return sorted({text for text in (*_in_templates(), *_in_python(), *declared()) if text.strip()})


def _in_templates() -> Iterator[str]:
    for path in sorted((INTERFACES / "templates").rglob("*.html")):
        for found in IN_TEMPLATE.finditer(templatize(path.read_text(encoding="utf-8"), origin=str(path))):
            yield str(ast.literal_eval(found[1]))


def _in_python() -> Iterator[str]:
    for path in (*sorted((INTERFACES / "staff").rglob("*.py")), ANSWERS):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in CALLS and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value


def read(path: Path = CATALOGUE) -> dict[str, str]:
    """Return the catalogue's translations by sentence, empty ones too; the head is left out."""
    entries: dict[str, str] = {}
    parts: dict[str, str] = {}
    key = ""
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        word, _, quoted = line.partition(" ")
        if word in ("msgid", "msgstr"):
            key, parts[word] = word, ast.literal_eval(quoted)
        elif line.startswith('"'):
            parts[key] += ast.literal_eval(line)
        elif not line and "msgid" in parts:
            entries[parts["msgid"]] = parts.get("msgstr", "")
            parts = {}
    return {text: said for text, said in entries.items() if text}


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def write(entries: dict[str, str], path: Path = CATALOGUE) -> None:
    """Write the catalogue, sorted."""
    rows = [("", HEAD), *sorted(entries.items())]
    text = "\n".join(f"msgid {_quoted(text)}\nmsgstr {_quoted(said)}\n" for text, said in rows)
    path.write_text(text, encoding="utf-8")


def compiled(entries: dict[str, str]) -> bytes:
    """Return the catalogue in GNU's binary form."""
    rows = sorted((text.encode(), said.encode()) for text, said in {"": HEAD, **entries}.items() if said)
    ids, texts = b"", b""
    places = []
    for text, said in rows:
        places.append((len(text), len(ids), len(said), len(texts)))
        ids, texts = ids + text + b"\0", texts + said + b"\0"
    first = 28 + 16 * len(rows)
    table = [value for size, at, _, _ in places for value in (size, first + at)]
    table += [value for _, _, size, at in places for value in (size, first + len(ids) + at)]
    head = struct.pack("<7I", 0x950412DE, 0, len(rows), 28, 28 + 8 * len(rows), 0, 0)
    return head + struct.pack(f"<{len(table)}I", *table) + ids + texts


def main() -> int:
    """Bring the catalogue up to date and compile it; return 1 while a sentence has no English."""
    known = read()
    entries = {text: known.get(text, "") for text in used()}
    write(entries)
    CATALOGUE.with_suffix(".mo").write_bytes(compiled(entries))
    missing = [text for text, said in entries.items() if not said]
    sys.stderr.writelines(f"没有英文：{text}\n" for text in missing)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
