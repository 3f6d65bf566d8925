"""What did a stack really use in a period, and what does AWS charge for it?

Measured are the functions' calls, their time and their units of DynamoDB, as they reported them
themselves, and the size of the tables as it is now. What is not measured is not in the bill: logs,
KMS, secrets, alarms, queues and files, and the cold starts of functions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from oncepay.domain.costs.bill import Bill, Used, bill_of
from oncepay.domain.costs.item_sizes import OVERHEAD_BYTES
from oncepay.domain.costs.prices import Line, PriceTable, prices_of
from oncepay.domain.costs.usage import GB
from oncepay.domain.costs.workload import DAYS
from oncepay.domain.deployment import BEHIND_THE_API, FUNCTIONS, Deployment
from oncepay.domain.function_use import FunctionUse
from oncepay.domain.measured_period import Period, period_of
from oncepay.domain.usage_metrics import UNITS
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.table_sizes import TableSize, read_table_sizes
from oncepay.storage.usage_metrics import read_use

MONTH_SECONDS = timedelta(days=DAYS).total_seconds()
ON_THE_CLOCK = "sweep"
"""Called and looking at what is due whatever the traffic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was found.

    Attributes:
        period: that was measured.
        by_function: what each function used, in the order of their names.
        bill: for all of it.
    """

    period: Period
    by_function: Sequence[FunctionUse]
    bill: Bill


def measure_costs(
    deployment: Deployment,
    *,
    start: datetime | None,
    end: datetime | None,
    region: str | None,
    database: Database,
    now: datetime,
    budget: Budget,
) -> Measured:
    """Measure a stack.

    Args:
        deployment: the stack.
        start: a day before the end if it is not given.
        end: now if it is not given.
        region: whose prices; the stack's own if it is not given.
        database: of the stack.
        now: aware, in UTC.
        budget: the time left.

    Raises:
        InvalidRequest: the period cannot be measured, or the region's prices are not known.
        StorageUnavailable: CloudWatch or DynamoDB did not answer.
    """
    prices = prices_of(deployment.region if region is None else region)
    period = period_of(start, end, now=now, metrics=len(FUNCTIONS) * len(UNITS))
    sizes = read_table_sizes(deployment.tables, database, budget)
    uses = read_use(deployment.function_names(), period)
    used = list(used_of(uses, sizes, deployment, period))
    return Measured(
        period=period, by_function=uses, bill=bill_of(used, _for_a_period(prices, period))
    )


def used_of(
    uses: Sequence[FunctionUse],
    sizes: Sequence[TableSize],
    deployment: Deployment,
    period: Period,
) -> Iterator[Used]:
    """Everything that was measured, as lines of a bill."""
    for use in uses:
        yield from _units(use)
    yield from _kept(sizes, period)
    for use in uses:
        yield from _time(use, deployment)
    yield from _metrics(uses, period)


def _units(use: FunctionUse) -> Iterator[Used]:
    of_calls = f"of {use.calls:,.0f} calls of {use.function}"
    if use.write_units:
        how = f"{use.write_units.normalize():,f} units {of_calls}"
        yield Used(line=Line.WRITES, quantity=use.write_units, how=how)
    if use.read_units:
        how = f"{use.read_units.normalize():,f} units {of_calls}"
        fixed = use.function == ON_THE_CLOCK
        yield Used(line=Line.READS, quantity=use.read_units, how=how, is_fixed=fixed)


def _kept(sizes: Sequence[TableSize], period: Period) -> Iterator[Used]:
    items = sum(size.items for size in sizes)
    item_bytes = sum(size.item_bytes for size in sizes) + items * OVERHEAD_BYTES
    entries = sum(size.index_entries for size in sizes)
    index_bytes = sum(size.index_bytes for size in sizes) + entries * OVERHEAD_BYTES
    days = f"{Decimal(period.seconds) / 86_400:,.2f} of {DAYS} days"
    share = _share_of_a_month(period)
    if items:
        how = f"{item_bytes + index_bytes:,} bytes, as they are now, x {days}"
        stored = Decimal(item_bytes + index_bytes) / GB * share
        yield Used(line=Line.STORAGE, quantity=stored, how=how)
        # Indexes are made anew from their table.
        how = f"{item_bytes:,} bytes, as they are now, x {days}"
        yield Used(line=Line.BACKUPS, quantity=Decimal(item_bytes) / GB * share, how=how)


def _time(use: FunctionUse, deployment: Deployment) -> Iterator[Used]:
    if not use.calls:
        return
    fixed = use.function == ON_THE_CLOCK
    calls = f"{use.calls:,.0f} calls of {use.function}"
    yield Used(line=Line.LAMBDA_REQUESTS, quantity=use.calls, how=calls, is_fixed=fixed)
    line = Line.LAMBDA_ARM64 if deployment.architecture == "arm64" else Line.LAMBDA_X86_64
    memory_gb = Decimal(deployment.memory_mb) / 1024
    how = f"{use.milliseconds:,.0f} ms of {calls} x {memory_gb.normalize():f} GB"
    quantity = use.milliseconds / 1000 * memory_gb
    yield Used(line=line, quantity=quantity, how=how, is_fixed=fixed)
    if use.function in BEHIND_THE_API:
        yield Used(line=Line.API_REST, quantity=use.calls, how=f"{calls}, by the gateway")


def _metrics(uses: Sequence[FunctionUse], period: Period) -> Iterator[Used]:
    # A metric costs while it is reported.
    count = sum(
        bool(value)
        for use in uses
        for value in (use.calls, use.milliseconds, use.write_units, use.read_units)
    )
    if count:
        how = f"{count} metrics of usage x {Decimal(period.seconds) / 86_400:,.2f} of {DAYS} days"
        quantity = count * _share_of_a_month(period)
        yield Used(line=Line.METRICS, quantity=quantity, how=how, is_fixed=True)


def _for_a_period(prices: PriceTable, period: Period) -> PriceTable:
    """The same prices, with as much of a month's allowances as the period is of a month."""
    share = _share_of_a_month(period)
    lines = prices.prices.items()
    return replace(
        prices, prices={line: replace(price, free=price.free * share) for line, price in lines}
    )


def _share_of_a_month(period: Period) -> Decimal:
    return Decimal(period.seconds) / Decimal(MONTH_SECONDS)
