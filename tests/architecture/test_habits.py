"""Clock, environment, sizes, words and the outside world."""

import ast
import re
from pathlib import Path

from tests.architecture.house import DOMAINS, PACKAGE, ROOT, calls, dotted, imported, modules

CLOCK = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "timezone.now", "timezone.localdate"}
CLOCK |= {"timezone.localtime", "time.time", "time.localtime"}
ENVIRONMENT = ("config/", "interfaces/cli/")  # the command line hands it on to the servers it starts
LAW_ROOMS = ("kernel.rulebook", "kernel.grants", "kernel.payments", "kernel.casework", "kernel.cycle")
LAW_WORDS = re.compile(r"(^|_)(age|income|amount|fen|standard|years|working_days|ratio|rate)(_|$)")
LONGEST = {"function": 60, "file": 400, "test": 600, "template": 120, "benefit": 80}
OUTSIDE = re.compile(r"(?:https?:)?//[a-z0-9-]+\.[a-z]{2,}", re.IGNORECASE)
READERS = ("interfaces/staff/reading.py", "interfaces/staff/views/logs.py")  # the log passes over a day it cannot read
NAMESPACES = ("http://www.w3.org/",)


def too_long(paths: list[Path], limit: int) -> list[str]:
    lengths = {path: path.read_text(encoding="utf-8").count("\n") for path in paths}
    return [f"{path.relative_to(ROOT)} has {length} lines" for path, length in lengths.items() if length > limit]


def test_only_the_clock_knows_the_time():
    faults = [
        f"{module.at(call)} calls {dotted(call.func)}"
        for module in modules()
        if module.name != "kernel/core/clock.py"
        for call in calls(module)
        if ".".join(dotted(call.func).split(".")[-2:]) in CLOCK or dotted(call.func).endswith("dt.date.today")
    ]
    assert not faults, "use core.clock"


def test_only_config_reads_the_environment():
    faults = [
        f"{module.name} reads {name}"
        for module in modules()
        if not module.name.startswith(ENVIRONMENT)
        for name in ("os.environ", "os.getenv")
        if any(dotted(node) == name for node in ast.walk(module.tree) if isinstance(node, ast.Attribute))
        or any(imported_name == name for imported_name, _ in imported(module))
    ]
    assert not faults


def test_pages_read_fields_in_one_place():
    """`int` of a `²`, a day of the year 9999, an id of thirty digits: views take values from `staff.reading`."""
    parsers = {"isdigit", "isdecimal", "fromisoformat", "strptime", "parse_month", "parse_day"}
    faults = [
        f"{module.at(call)} calls {dotted(call.func)}"
        for module in modules()
        if module.name.startswith("interfaces/staff/") and module.name not in READERS
        for call in calls(module)
        if dotted(call.func).split(".")[-1] in parsers
        and ast.unparse(call) not in ("parse_month(month)", "parse_month(wanted)")  # of an address, of a choice
    ]
    assert not faults, "use interfaces.staff.reading: day, month, whole_number, chosen, ticked"


def test_functions_are_short():
    faults = [
        f"{module.at(node)} {node.name} has {length} lines"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST["function"]
    ]
    assert not faults


def test_files_are_short():
    assert not too_long([module.path for module in modules()], LONGEST["file"])
    assert not too_long(sorted((ROOT / "tests").rglob("*.py")), LONGEST["test"])
    assert not too_long(sorted(PACKAGE.rglob("templates/**/*.html")), LONGEST["template"])
    assert not too_long(sorted(DOMAINS.glob("*/benefits/*.yaml")), LONGEST["benefit"])


def test_benefits_stand_in_the_glossary():
    glossary = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
    folders = [*DOMAINS.glob("*/benefits"), *(PACKAGE / "counties").glob("*/benefits")]
    files = [path.read_text(encoding="utf-8") for folder in folders for path in folder.glob("*.yaml")]
    codes = sorted({match[1] for text in files if (match := re.search(r"^benefit: *(\w+)", text, re.MULTILINE))})
    assert codes
    missing = [code for code in codes if f"`{code}`" not in glossary]
    assert not missing, f"add these codes to GLOSSARY.md: {missing}"


def test_pages_ask_nothing_of_the_outside():
    sources = [
        *PACKAGE.rglob("templates/**/*"),
        *(ROOT / "frontend").glob("src/**/*"),
        *(ROOT / "frontend").glob("*.mjs"),
    ]
    faults = []
    for path in sources:
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            faults += [
                f"{path.relative_to(ROOT)}: {match[0]}"
                for match in OUTSIDE.finditer(text)
                if not text.startswith(NAMESPACES, match.start())
            ]
    assert not faults


def test_no_number_of_the_law_is_compared_in_code():
    faults = []
    for module in modules():
        if module.room not in LAW_ROOMS and not module.room.startswith("domains."):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
                words = [dotted(side).split(".")[-1] for side in sides]
                numbers = [side.value for side in sides if isinstance(side, ast.Constant)]
                big = [number for number in numbers if type(number) in (int, float) and abs(number) > 1]
                if big and any(LAW_WORDS.search(word) for word in words):
                    faults.append(f"{module.at(node)} compares {words} with {big}")
    assert not faults, "the law's numbers are parameters"
