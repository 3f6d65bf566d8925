"""`python -m loadtests.kept REPORT...`: which runs are kept beside the code, and what was found?

Copies the summary and the figures of reports to docs/load-tests, one of each scenario, and draws
the table of docs/load-tests.md anew from all that are kept there. The rest of a report is large, or
has keys in it, and stays where it is.
"""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from loadtests.record import SUMMARY_FILE
from loadtests.scenarios import NAMES, REGIONS
from loadtests.thresholds import ALL

KEPT_NAMES: Final = (*NAMES, REGIONS)
KEPT: Final = Path(__file__).resolve().parents[1] / "docs" / "load-tests"
DOCUMENT: Final = KEPT.with_suffix(".md")
STATS_FILE: Final = "stats.csv"
BEGIN, END = "<!-- kept runs: begin -->", "<!-- kept runs: end -->"
COLUMNS: Final = (
    "scenario", "offered", "requests", "errors", "a second", "p50, p95, p99 ms", "thresholds",
    "audit", "when, commit",
)  # fmt: skip


class KeptError(Exception):
    """A report cannot be kept; the message is one clear line."""


def keep(report: Path) -> None:
    """Copy what is kept of a report.

    Raises: KeptError if it is none.
    """
    try:
        summary = json.loads((report / SUMMARY_FILE).read_text())
        name = summary["scenario"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KeptError(f"{report} is no folder of a report: {error}") from error
    if name not in KEPT_NAMES:
        raise KeptError(f"{report} is of {name!r}, which is no scenario")
    shutil.copyfile(report / SUMMARY_FILE, KEPT / f"{name}.json")
    if (report / STATS_FILE).exists():
        shutil.copyfile(report / STATS_FILE, KEPT / f"{name}.csv")


def table() -> str:
    """Of all that are kept, in the order of the scenarios."""
    rows = [COLUMNS, ("---",) * len(COLUMNS)]
    for name in KEPT_NAMES:
        path = KEPT / f"{name}.json"
        if path.exists():
            rows += _rows(name, json.loads(path.read_text()))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def draw(document: str) -> str:
    """A document with the table of now in it.

    Raises: KeptError if it has no place for it.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise KeptError(f"the document has no {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def _rows(name: str, summary: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    when = f"{summary['started_at'].replace('T', ' ').removesuffix('Z')}, {summary['commit']}"
    link = f"[`{name}`](load-tests/{name}.json)"
    if name == REGIONS:
        for run in summary["runs"]:
            said = "alone" if run["alone"] else "both at once"
            yield _row(
                f"{link} {run['region']}, {said}",
                summary["options"].replace("--", ""),
                run["requests"],
                "met" if run["exit_code"] == 0 else "**missed**",
                "holds" if run["is_audited"] else "**fails**",
                when,
            )
        return
    settings = summary["settings"]
    missed = [one["name"] for one in summary["thresholds"] if not one["met"]]
    wrong = [one["name"] for one in summary["audit"] if not one["ok"]]
    yield _row(
        link,
        f"{settings['users']} users, {settings['rate']:g}/s, {settings['seconds']:g} s",
        summary["requests"][ALL],
        "met" if not missed else f"**missed**: {', '.join(missed)}",
        "holds" if summary["audit"] and not wrong else f"**fails**: {', '.join(wrong)}",
        when,
    )


def _row(
    name: str, offered: str, figures: Mapping[str, Any], met: str, audited: str, when: str
) -> tuple[str, ...]:
    latencies = ", ".join(f"{figures[one]:,.0f}" for one in ("p50_ms", "p95_ms", "p99_ms"))
    counts = f"{figures['count']:,}", f"{figures['errors']:,}", f"{figures['per_second']:,.1f}"
    return name, offered, *counts, latencies, met, audited, when


def main(reports: Sequence[str]) -> int:
    """Keep these reports; 1 if one cannot be."""
    try:
        for report in reports:
            keep(Path(report))
        DOCUMENT.write_text(draw(DOCUMENT.read_text()))
    except KeptError as error:
        sys.stderr.write(f"loadtests.kept: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
