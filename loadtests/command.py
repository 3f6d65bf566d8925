"""What happens in a run, in which order? Merchants, the swarm, the audit, the judgement, the
report; whatever ends it early, what was sent is audited.
"""

import http.client
import json
import secrets
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from benchmarks.machine import commit, machine
from loadtests.plan import Plan
from loadtests.preparing import (
    Preparation,
    PreparingError,
    set_up_merchants,
    write_balances,
)
from loadtests.record import (
    MERCHANTS_FILE,
    REQUESTS_FILE,
    Attempt,
    RecordError,
    RecordWriter,
    read_record,
)
from loadtests.report import show, write_summary
from loadtests.running import EndedError, Swarmed, Told, listening_for_the_end, run_swarm
from loadtests.scenarios import Scenario, Settings
from loadtests.summary import Checked, ExitCode, Run, workload_of
from loadtests.target import Target
from loadtests.thresholds import judge
from loadtests.warming import let_keys_in, warm_up
from oncepay.domain.errors import PaymentsError
from ops.demo.control import ControlError
from ops.demo.http_client import NoAnswerError
from ops.stack import StackError

REPORTS: Final = Path(".local/load")
KNOCK_SECONDS: Final = 10.0

_CANNOT_BEGIN = (
    EndedError,
    PreparingError,
    StackError,
    NoAnswerError,
    ControlError,
    BotoCoreError,
    ClientError,
    RecordError,
)
"""What ends a run before its first user; each says why in a line."""


class NotRunError(Exception):
    """The run did not begin; the message is one clear line."""


class NotCountedError(Exception):
    """Something was sent, and nobody knows what became of it; the message is one clear line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be run.

    Attributes:
        scenario: which load test.
        target: where.
        settings: how much.
        folder: of the report; a new one below `.local/load` if None.
    """

    scenario: Scenario
    target: Target
    settings: Settings
    folder: Path | None


def carry_out(order: Order, console: Console) -> ExitCode:
    """Run, audit, judge and report.

    Raises: NotRunError if it did not begin; NotCountedError if what was sent is not known.
    """
    scenario, target = order.scenario, order.target
    _require_place(scenario, target)
    _knock(target)
    run_id = f"{scenario.name}-{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    folder = _folder(order, run_id)
    console.print(f"{scenario.name}: {scenario.title}", style="bold")
    console.print(f"  at {target.api_url}; {_settings_in_words(order)}", style="dim")
    if target.is_local:
        console.print(f"  {scenario.scaled}", style="dim")
    about = _about(order)
    with listening_for_the_end() as told:
        try:
            swarmed = _run(order, folder, run_id, told, console)
        except Exception as error:
            why = _why(error)
            if not _was_sent(folder):
                raise NotRunError(why) from None
            swarmed = Swarmed(figures=None, cut_short=f"it broke off: {why}")
        try:
            return _conclude(order, folder, swarmed, about, console)
        except Exception as error:
            failed = NotCountedError if _was_sent(folder) else NotRunError
            raise failed(_why(error)) from None


def _conclude(
    order: Order, folder: Path, swarmed: Swarmed, about: Mapping[str, Any], console: Console
) -> ExitCode:
    """Count the money, judge, and report."""
    scenario, target = order.scenario, order.target
    attempts, checks = _count(folder, target, console)
    figures = swarmed.figures or {}
    run = Run(
        about={**about, "merchants": _merchants(folder)},
        figures=figures,
        cut_short=swarmed.cut_short,
        judged=judge(
            scenario.thresholds(is_local=target.is_local),
            figures.get("requests", {}),
            figures.get("findings"),
        ),
        checks=checks,
        workload=workload_of(attempts, figures.get("kinds", {})),
    )
    write_summary(run, folder)
    show(run, console)
    console.print(f"  The report is in {folder}", style="dim")
    return run.exit_code


def _count(
    folder: Path, target: Target, console: Console
) -> tuple[Sequence[Attempt], Sequence[Checked]]:
    """What was sent, and whether it is where it belongs."""
    from loadtests.audit.checks import Check
    from loadtests.audit.money_audit import RECORD_CHECK

    try:
        attempts = read_record(folder / REQUESTS_FILE)
    except RecordError as error:
        return [], [Check(name=RECORD_CHECK, ok=False, detail=str(error))]
    console.print(f"  {len(attempts):,} requests are recorded; now the money is counted...")
    return attempts, _audit(folder, target) if attempts else []


def _was_sent(folder: Path) -> bool:
    """Whether the record has anything, if only a line that cannot be read."""
    path = folder / REQUESTS_FILE
    return path.exists() and path.stat().st_size > 0


def _merchants(folder: Path) -> list[str]:
    told = json.loads((folder / MERCHANTS_FILE).read_text(encoding="utf-8"))
    return [merchant["id"] for merchant in told["merchants"]]


def _why(error: Exception) -> str:
    if isinstance(error, PaymentsError):
        return error.detail
    return str(error) if isinstance(error, (NotRunError, *_CANNOT_BEGIN)) else in_a_line(error)


def in_a_line(error: Exception) -> str:
    """What an error says that nobody has written for people, and where it came from."""
    said = " ".join(str(error).split())
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = "".join(f" ({Path(one.filename).name}, line {one.lineno})" for one in last)
    return f"{type(error).__name__}: {said}{where}"


def _run(order: Order, folder: Path, run_id: str, told: Told, console: Console) -> Swarmed:
    scenario, target = order.scenario, order.target
    warming = ", and the stack's workers are started" if target.is_local else ""
    console.print(f"  Merchants are set up{warming}...", style="dim")
    merchants = set_up_merchants(target, scenario, run_id, users=order.settings.users)
    told.require_none()
    stripe_secret = _stripe_secret(scenario, target)
    if target.is_local:
        *those, warmer = merchants
        merchants = tuple(those)
        users = order.settings.users
        warm_up(target, warmer, scenario.warm, users=users, stripe_secret=stripe_secret)
    told.require_none()
    write_balances(target, merchants, folder)
    if target.is_local:
        # Last of all: it is remembered for a minute.
        let_keys_in(target, merchants, scenario.warm)
    with RecordWriter(folder / REQUESTS_FILE) as record:
        preparation = Preparation(
            target=target,
            settings=order.settings,
            merchants=merchants,
            run_id=run_id,
            record=record,
        )
        prepare = scenario.prepare or _nothing
        with prepare(preparation) as extra:
            told.require_none()
            plan = Plan(
                scenario=scenario.name,
                run_id=run_id,
                api_url=target.api_url,
                settings=order.settings,
                merchants=merchants,
                folder=folder.absolute(),
                stripe_secret=stripe_secret,
                extra=extra,
            )
            seconds = scenario.shape(order.settings).seconds
            with console.status("  loading..."):
                return run_swarm(plan, seconds=seconds, told=told)


@contextmanager
def _nothing(preparation: Preparation) -> Iterator[Mapping[str, Any]]:
    yield {}


def _audit(folder: Path, target: Target) -> Sequence[Checked]:
    from loadtests.audit import audit

    return audit(folder, target)


def _require_place(scenario: Scenario, target: Target) -> None:
    if scenario.needs_local and not target.is_local:
        raise NotRunError(f"{scenario.name} is for a local stack only: {scenario.scaled}")
    if scenario.needs_stripe_secret and not target.is_local and target.stripe_secret is None:
        raise NotRunError(
            f"{scenario.name} signs events as Stripe does: give ONCEPAY_STRIPE_WEBHOOK_SECRET"
        )


def _stripe_secret(scenario: Scenario, target: Target) -> str | None:
    if not scenario.needs_stripe_secret or target.stripe_secret is not None:
        return target.stripe_secret
    if target.stack is None:
        raise NotRunError("what Stripe signs with is not known there")
    from ops.demo.desk import DeskError, open_desk

    try:
        return open_desk(target.stack, target.stack.open_database()).stripe_secret
    except DeskError as error:
        raise NotRunError(str(error)) from None


def _knock(target: Target) -> None:
    """Say at once that nobody is there, instead of trying for a minute."""
    parts = urlsplit(target.api_url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    try:
        connection = kind(parts.hostname or "", parts.port, timeout=KNOCK_SECONDS)
        connection.connect()
        connection.close()
    except (OSError, ValueError, http.client.HTTPException):
        hint = ": run `make up` first" if target.is_local else ""
        raise NotRunError(f"nothing answers at {target.api_url}{hint}") from None


def _folder(order: Order, run_id: str) -> Path:
    folder = order.folder or REPORTS / run_id
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise NotRunError(f"the folder {folder} is not empty: a report needs one of its own")
    except OSError as error:
        raise NotRunError(f"{folder} cannot be the folder of a report: {error.strerror}") from None
    return folder


def _settings_in_words(order: Order) -> str:
    settings = order.settings
    offered = f", {settings.rate:g} a second are offered" if order.scenario.is_paced else ""
    return f"{settings.users} users, {settings.seconds:g} s{offered}"


def _about(order: Order) -> dict[str, Any]:
    target, settings = order.target, order.settings
    return {
        "scenario": order.scenario.name,
        "title": order.scenario.title,
        "target": {"api_url": target.api_url, "is_local": target.is_local},
        "settings": {
            "users": settings.users,
            "seconds": settings.seconds,
            "rate": settings.rate,
            "seed": settings.seed,
            "processor": settings.processor,
        },
        "scaled": order.scenario.scaled if target.is_local else None,
        "machine": machine(),
        "commit": commit(),
        "started_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
