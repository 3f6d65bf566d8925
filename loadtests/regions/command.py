"""`python -m loadtests regions`: load two regions one at a time and both at once; compare, and
prove that one has nothing to do with the other. It ends with the same codes as every load test.
"""

import json
import secrets
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.machine import commit, machine
from loadtests.audit.checks import Check
from loadtests.record import SUMMARY_FILE, RecordError
from loadtests.regions import isolation
from loadtests.regions.comparison import Compared, Part, compare, exit_code
from loadtests.regions.places import Place, brought_up, deployed_places, local_places
from loadtests.regions.runs import ending_like_ctrl_c, folder_of, run
from loadtests.report import BAD, GOOD, SAID
from loadtests.summary import ExitCode
from loadtests.target import CONFIRM_OPTION, TargetError
from ops.demo.http_client import NoAnswerError
from ops.local.folder import LocalStackError
from ops.stack import StackError

TITLE: Final = "the same load on two regions, each alone and both at once; nothing passes between"
REPORTS: Final = Path(".local/load")
PIPE_CHARACTERS: Final = 150

MOST_TIMES_LOCAL: Final = 20.0
MOST_TIMES_DEPLOYED: Final = 1.5
"""So many times what it is alone may the p95 of a region be with the other one under load. Two
local stacks share two cores, and must only not starve; regions of AWS share nothing."""

SCALED: Final = (
    "Both regions are local stacks on this machine, and share its cores with the users: what is"
    " compared is that neither starves, not how far away they are. Rates are scaled likewise."
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class RegionsError(Exception):
    """The comparison could not be made; the message is one clear line."""


@app.command()
def regions(
    stack_file: Annotated[
        list[Path] | None, typer.Option(help="Of a local stack that runs; give two, or none.")
    ] = None,
    host: Annotated[
        list[str] | None, typer.Option(help="Address of a deployed stage; give two, or none.")
    ] = None,
    api_key: Annotated[
        list[str] | None, typer.Option(help="Of a merchant there, one for each --host.")
    ] = None,
    yes: Annotated[
        bool, typer.Option(CONFIRM_OPTION, help="They are meant to be loaded, and may cost money.")
    ] = False,
    users: Annotated[int, typer.Option(min=1, max=5_000, help="How many at once, each.")] = 16,
    seconds: Annotated[
        float, typer.Option(min=1, max=86_400, help="How long, each of the three times.")
    ] = 20.0,
    rate: Annotated[
        float, typer.Option(min=0.1, max=100_000, help="Arrivals a second, each.")
    ] = 10.0,
    seed: Annotated[int, typer.Option(min=0, max=2**31, help="Of all that is drawn.")] = 1,
    report: Annotated[
        Path | None, typer.Option(help="Folder of the report; .local/load/... unless given.")
    ] = None,
) -> None:
    """Compare two regions: local stacks that are brought up for it unless others are given."""
    console = Console(highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = max(console.width, PIPE_CHARACTERS)
    options = ("--users", str(users), "--seconds", f"{seconds:g}", "--rate", f"{rate:g}",
               "--seed", str(seed))  # fmt: skip

    def say(line: str) -> None:
        console.print(f"  {line}", style="dim")

    try:
        with ending_like_ctrl_c():
            _require_one_kind(stack_file, host, api_key)
            folder = _folder(report)
            console.print(f"regions: {TITLE}", style="bold")
            chosen: AbstractContextManager[list[Place]]
            if host:
                ask = console.input if sys.stdin.isatty() else None
                chosen = nullcontext(
                    deployed_places(host, api_key or [], is_confirmed=yes, ask=ask)
                )
            elif stack_file:
                chosen = nullcontext(local_places(stack_file))
            else:
                chosen = brought_up(say)
            with chosen as places:
                code = _compare(places, options, folder, console)
    except KeyboardInterrupt:
        _end("ended before it was over; what it had started is ended")
    except (TargetError, RegionsError, LocalStackError, StackError, RecordError,
            NoAnswerError, BotoCoreError, ClientError) as error:  # fmt: skip
        _end(str(error))
    raise typer.Exit(int(code))


def _require_one_kind(
    stack_file: list[Path] | None, host: list[str] | None, api_key: list[str] | None
) -> None:
    if stack_file and host:
        raise TargetError("give --stack-file or --host, not both")
    if api_key and not host:
        raise TargetError("--api-key goes with --host: a local stack gets merchants of its own")


def _compare(
    places: Sequence[Place], options: Sequence[str], folder: Path, console: Console
) -> ExitCode:
    first, second = places
    started_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    parts: list[Part] = []
    checks: list[Check] = []
    for loaded, other in ((first, second), (second, first)):
        console.print(f"  load on {loaded.name} alone...", style="dim")
        before = isolation.money_of(other)
        parts += run([loaded], options, folder, is_alone=True)
        checks.append(isolation.check_untouched(loaded, other, before, isolation.money_of(other)))
    console.print("  load on both at once...", style="dim")
    parts += run(places, options, folder, is_alone=False)
    checks += _strangers(places, folder)
    checks.append(
        isolation.check_audits(
            [
                (f"{one.place} {'alone' if one.is_alone else 'together'}", one.is_audited)
                for one in parts
            ]
        )
    )
    compared = compare(parts)
    is_local = all(place.target.is_local for place in places)
    most_times = MOST_TIMES_LOCAL if is_local else MOST_TIMES_DEPLOYED
    code = exit_code(
        parts,
        is_isolated=all(check.ok for check in checks),
        compared=compared,
        most_times=most_times,
    )
    about = {
        "scenario": "regions",
        "title": TITLE,
        "regions": [{"name": one.name, "api_url": one.target.api_url} for one in places],
        "options": " ".join(options),
        "scaled": SCALED if is_local else None,
        "machine": machine(),
        "commit": commit(),
        "started_at": started_at,
        "exit_code": int(code),
        "most_times": most_times,
    }
    _write(folder, about, parts, compared, checks)
    _show(console, parts, compared, checks, code)
    console.print(f"  The report is in {folder}", style="dim")
    return code


def _strangers(places: Sequence[Place], folder: Path) -> list[Check]:
    residents = [
        isolation.resident_of(place, folder_of(folder, place, is_alone=True)) for place in places
    ]
    first, second = residents
    if first is None or second is None:
        raise RegionsError(f"nobody has paid in one of the regions; see {folder}")
    return [
        *isolation.check_strangers(first, second),
        *isolation.check_strangers(second, first),
    ]


def _write(
    folder: Path,
    about: dict[str, Any],
    parts: Sequence[Part],
    compared: Sequence[Compared],
    checks: Sequence[Check],
) -> None:
    told = {
        **about,
        "runs": [
            {
                "region": one.place,
                "alone": one.is_alone,
                "exit_code": one.code,
                "requests": one.figures,
                "findings": one.summary.get("findings", {}),
                "is_audited": one.is_audited,
            }
            for one in parts
        ],
        "comparison": [
            {
                "region": one.place,
                "figure": one.figure,
                "alone": one.alone,
                "together": one.together,
                "times": None if one.times is None else round(one.times, 3),
            }
            for one in compared
        ],
        "isolation": [
            {"name": check.name, "ok": check.ok, "detail": check.detail} for check in checks
        ],
    }
    (folder / SUMMARY_FILE).write_text(
        json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def _show(
    console: Console,
    parts: Sequence[Part],
    compared: Sequence[Compared],
    checks: Sequence[Check],
    code: ExitCode,
) -> None:
    runs = Table("region", "load", "requests", "errors", "a second", "ended with",
                 title="Runs", title_justify="left", box=None)  # fmt: skip
    for part in parts:
        figures = part.figures
        runs.add_row(
            part.place,
            "alone" if part.is_alone else "both",
            *(f"{figures.get(name, 0):,}" for name in ("count", "errors", "per_second")),
            Text(str(part.code), style=GOOD if part.code == 0 else BAD),
        )
    console.print(runs)
    latencies = Table("region", "figure", "alone", "both", "times",
                      title="Latency", title_justify="left", box=None)  # fmt: skip
    for one in compared:
        latencies.add_row(one.place, one.figure, *map(_number, (one.alone, one.together)),
                          "-" if one.times is None else f"{one.times:.2f}")  # fmt: skip
    console.print(latencies)
    table = Table("check", "", "found", title="Isolation", title_justify="left", box=None)
    for check in checks:
        mark = Text("holds", style=GOOD) if check.ok else Text("NOT holds", style=BAD)
        table.add_row(check.name, mark, check.detail)
    console.print(table)
    console.print(Text(SAID[code], style="bold green" if code is ExitCode.WELL else BAD))


def _number(ms: float | None) -> str:
    return "-" if ms is None else f"{ms:,.3g}"


def _folder(report: Path | None) -> Path:
    name = f"regions-{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    folder = report or REPORTS / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise RegionsError(f"the folder {folder} is not empty: a report needs one of its own")
    except OSError as error:
        raise RegionsError(f"{folder} cannot be the folder of a report: {error.strerror}") from None
    return folder


def _end(said: str) -> NoReturn:
    sys.stderr.write(f"loadtests: {' '.join(said.split())}\n")
    raise typer.Exit(int(ExitCode.COULD_NOT_RUN))
