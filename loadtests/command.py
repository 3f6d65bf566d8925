"""What happens in a run, in which order? Merchants, the swarm, the audit, the judgement, the
report; whatever ends it early, what was sent is audited.
"""

import http.client
import secrets
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
from loadtests.record import REQUESTS_FILE, RecordError, RecordWriter, read_record
from loadtests.report import show, write_summary
from loadtests.running import EndedError, Swarmed, Told, listening_for_the_end, run_swarm
from loadtests.scenarios import Scenario, Settings
from loadtests.summary import Checked, ExitCode, Run, workload_of
from loadtests.target import Merchant, Target
from loadtests.thresholds import judge
from loadtests.warming import warm_up
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
"""What ends a run before its first request; each says why in a line."""


class NotRunError(Exception):
    """The run did not begin; the message is one clear line."""


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

    Raises: NotRunError if it did not begin.
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
        swarmed, merchants = _run(order, folder, run_id, told, console)
        attempts = read_record(folder / REQUESTS_FILE)
        figures = swarmed.figures or {}
        console.print(f"  {len(attempts):,} requests are recorded; now the money is counted...")
        checks = _audit(folder, target) if attempts else []
    run = Run(
        about={**about, "merchants": [merchant.id for merchant in merchants]},
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


def _run(
    order: Order, folder: Path, run_id: str, told: Told, console: Console
) -> tuple[Swarmed, tuple[Merchant, ...]]:
    scenario, target = order.scenario, order.target
    try:
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
                    swarmed = run_swarm(plan, seconds=seconds, told=told)
    except PaymentsError as error:
        raise NotRunError(error.detail) from None
    except _CANNOT_BEGIN as error:
        raise NotRunError(str(error)) from None
    return swarmed, merchants


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
