"""What would make the bill smaller? Each change that a stack can make, priced by making it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from oncepay.domain.costs.bill import Bill, bill_of
from oncepay.domain.costs.prices import PriceTable
from oncepay.domain.costs.usage import usage_of
from oncepay.domain.costs.workload import Workload

LEAST_USD: Final = Decimal("0.01")
OWN_LINE_BYTES: Final = Decimal(500)
"""What is left of a call's log without Lambda's own two lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """A change, what it saves in a month at list prices, and what is lost by it."""

    change: str
    usd: Decimal
    loses: str


def savings_of(workload: Workload, prices: PriceTable) -> list[Saving]:
    """The changes that save a cent or more, the largest first; each made alone."""
    usd = _price(workload, prices).usd
    found = [
        Saving(change=change, usd=usd - _price(changed, prices).usd, loses=loses)
        for change, changed, loses in _changes(workload)
    ]
    worth = [saving for saving in found if saving.usd >= LEAST_USD]
    return sorted(worth, key=lambda saving: saving.usd, reverse=True)


def _price(workload: Workload, prices: PriceTable) -> Bill:
    return bill_of(usage_of(workload), prices)


def _changes(workload: Workload) -> Iterator[tuple[str, Workload, str]]:
    if workload.api == "rest":
        yield (
            "an HTTP API in place of the REST API",
            replace(workload, api="http"),
            "gateway responses as problems, a firewall, throttling by key; another template",
        )
    if workload.architecture == "x86_64":
        yield "Architecture=arm64", replace(workload, architecture="arm64"), "nothing"
    if workload.log_bytes > OWN_LINE_BYTES:
        yield (
            "LoggingConfig with SystemLogLevel: WARN, which drops Lambda's own lines",
            replace(workload, log_bytes=OWN_LINE_BYTES),
            "each call's billed time and memory in the log",
        )
    if workload.detailed_metrics:
        yield (
            "MetricsEnabled: false for the gateway's methods",
            replace(workload, detailed_metrics=False),
            "its metrics by method; those of the whole stage are free",
        )
    if workload.sampled_one_in:
        yield (
            "UsageSampling=0",
            replace(workload, sampled_one_in=Decimal(0)),
            "the bill that was measured, /v1/costs/actual",
        )
    if workload.backups:
        yield (
            "no point-in-time recovery",
            replace(workload, backups=False),
            "the tables as they were at any second of the last 35 days: do not",
        )
    if workload.retention_days > 30:
        yield (
            "payments kept for 30 days",
            replace(workload, retention_days=Decimal(30)),
            "older payments; nothing deletes them by itself, a job of your own would have to",
        )
    yield from _smaller_sizes(workload)


def _smaller_sizes(workload: Workload) -> Iterator[tuple[str, Workload, str]]:
    if workload.extra_bytes:
        yield (
            "no description, metadata and customer in a payment",
            replace(workload, extra_bytes=Decimal(0)),
            "what they say; below one KB of payment and answer they hardly cost anything",
        )
    if workload.page_bytes > 4096:
        yield (
            "pages of a list that read up to 4 KB: five plain payments, and two that are looked at",
            replace(workload, page_bytes=Decimal(4096)),
            "longer pages",
        )
    if workload.memory_mb > 512:
        yield (
            "MemorySize: 512 for all functions",
            replace(
                workload,
                memory_mb=Decimal(512),
                cold_ms=workload.cold_ms * workload.memory_mb / 512,
            ),
            "half of the processor: slower answers, cold starts twice as long",
        )
