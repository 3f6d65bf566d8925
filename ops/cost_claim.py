"""What does somebody else say that this month costs? The payment example of DynamORM, a payments
backend in Go on Lambda and DynamoDB, line by line.

It counts DynamoDB alone, at the prices of before November 2024, a write as one unit whatever the
item's size and without the factor of transactions; its own estimator computes $14.19 from the same
figures, where its README prints $40.04.

Source: github.com/pay-theory/dynamorm, examples/payment/README.md, "Example output", and
examples/payment/utils/cost.go, as of 2026-11.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from rich.console import Console
from rich.table import Table

from oncepay.domain.costs.bill import SERVICES, Bill
from oncepay.domain.costs.prices import Line
from oncepay.domain.costs.workload import Workload

PAYMENTS: Final = Decimal(1_000_000)
QUERIES_PER_PAYMENT: Final = Decimal("5.2")
RETENTION_DAYS: Final = Decimal(90)
"""The workload that it names."""

CLAIMED: Final = {
    "writes": ("3.75", (Line.WRITES,)),
    "reads": ("1.30", (Line.READS,)),
    "indexes": ("1.04", ()),
    "storage": ("22.50", (Line.STORAGE,)),
    "streams": ("0.20", (Line.STREAM_READS,)),
    "backups": ("11.25", SERVICES["DynamoDB backups"]),
    "Lambda": (None, SERVICES["Lambda"]),
}
"""Its lines, and ours beside them. Our indexes are in our writes and storage."""


def is_claimed(workload: Workload) -> bool:
    """Whether this is the workload that the claim is about, and nothing beside it."""
    claimed = Workload.of(
        {
            "payments": PAYMENTS,
            "queries_per_payment": QUERIES_PER_PAYMENT,
            "retention_days": RETENTION_DAYS,
        }
    )
    return workload == claimed


def cents(usd: Decimal) -> str:
    """Rounded to cents, half of one upwards."""
    return f"{usd.quantize(Decimal('0.01'), ROUND_HALF_UP):,f}"


def tell_claim(console: Console, bill: Bill) -> None:
    """Print both, line by line, of what the traffic costs."""
    table = Table(box=None, pad_edge=False, padding=(0, 2))
    table.add_column("beside DynamORM's claim for this month")
    table.add_column("$ claimed", justify="right")
    table.add_column("$ here", justify="right")
    claimed, ours = Decimal(0), Decimal(0)
    for name, (said, lines) in CLAIMED.items():
        usd = bill.usd_of(lines, fixed=False)
        claimed, ours = claimed + Decimal(said or 0), ours + usd
        here = cents(usd) if lines else "in the writes and the storage"
        table.add_row(f"  {name}", said or "not counted", here)
    table.add_row("  together", cents(claimed), cents(ours))
    console.print()
    console.print(table)
