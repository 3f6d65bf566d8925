"""How does a bill look on the wire? Dollars and quantities are decimal strings: no reader rounds
them by accident.
"""

from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any, Final

from oncepay.domain.costs.bill import COMPARED, SERVICES, Bill, BillLine
from oncepay.domain.costs.savings import Saving
from oncepay.domain.costs.workload import Workload

_USD: Final = Decimal("0.000001")
_QUANTITY: Final = Decimal("0.000001")


def bill_json(bill: Bill) -> dict[str, Any]:
    """A bill: its totals, by service, and every line with its arithmetic."""
    lines = [_line_json(line) for line in bill.lines]
    return {
        "region": bill.region,
        "currency": "USD",
        "prices_as_of": bill.as_of,
        "total_usd": _usd(bill.usd),
        "total_usd_after_allowances": _usd(bill.usd_after_allowances),
        "dynamodb_and_lambda_usd": {
            "traffic": _usd(bill.usd_of(COMPARED, fixed=False)),
            "fixed": _usd(bill.usd_of(COMPARED, fixed=True)),
        },
        "by_service": [
            {"service": service, "usd": _usd(bill.usd_of(of_service))}
            for service, of_service in SERVICES.items()
            if any(line.service == service for line in bill.lines)
        ],
        "lines": lines,
    }


def estimate_json(workload: Workload, bill: Bill, savings: Sequence[Saving]) -> dict[str, Any]:
    """What a workload would cost, and what would make it cheaper."""
    return {
        "object": "cost_estimate",
        "workload": workload_json(workload),
        **bill_json(bill),
        "savings": [
            {"change": one.change, "saves_usd": _usd(one.usd), "loses": one.loses}
            for one in savings
        ],
    }


def workload_json(workload: Workload) -> dict[str, Any]:
    """A workload by the names that it is asked for with; what is counted first."""
    counts = {name: _plain(count) for name, count in workload.counts.items()}
    rest = {one.name: getattr(workload, one.name) for one in fields(workload)}
    del rest["counts"]
    return counts | {
        name: _plain(value) if isinstance(value, Decimal) else value for name, value in rest.items()
    }


def _line_json(line: BillLine) -> dict[str, Any]:
    used, price = line.used, line.price
    return {
        "line": used.line.value,
        "service": line.service,
        "quantity": _plain(used.quantity.quantize(_QUANTITY)),
        "unit": price.unit,
        "usd_per": f"{_plain(price.usd)} per {price.per:,}",
        "usd": _usd(line.usd),
        "how": used.how,
        "is_fixed": used.is_fixed,
        "price_is_confirmed": price.is_confirmed,
        "price_source": price.source,
    }


def _usd(amount: Decimal) -> str:
    return str(amount.quantize(_USD))


def _plain(value: Decimal) -> str:
    """Without an exponent, and without zeros that say nothing."""
    return f"{value.normalize():f}"
