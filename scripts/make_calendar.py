"""Write the yearly working-day files: `uv run --no-project --with chinesecalendar==1.11.0 scripts/make_calendar.py`.

Each file lists only the days that differ from Monday-to-Friday, as the State Council's notice of the year has them.
"""

import csv
from pathlib import Path

from chinese_calendar.constants import holidays, workdays

FOLDER = Path(__file__).resolve().parent.parent / "src/nuanxin/kernel/core/data/calendar"


def main() -> None:
    """Write one file per year that the package knows."""
    days = {day: (0, name) for day, name in holidays.items() if day.weekday() < 5}
    days |= {day: (1, name) for day, name in workdays.items() if day.weekday() >= 5}
    for year in sorted({day.year for day in days}):
        with (FOLDER / f"{year}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["date", "is_work", "name"])
            writer.writerows((day.isoformat(), *days[day]) for day in sorted(days) if day.year == year)


if __name__ == "__main__":
    main()
