"""How is a bill told to a person? Its lines with their arithmetic, a bar for each service, and what
would make it smaller.
"""

from decimal import Decimal
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from oncepay.domain.costs.bill import COMPARED, SERVICES, Bill, BillLine
from oncepay.domain.costs.savings import Saving
from oncepay.domain.costs.workload import Workload
from ops.cost_claim import is_claimed, tell_claim

BAR_WIDTH: Final = 40


def tell_bill(workload: Workload, bill: Bill, savings: list[Saving]) -> None:
    """Print it."""
    console = Console(highlight=False)
    console.print(f"AWS, {bill.region}, list prices of {bill.as_of}, US dollars a month")
    _tell_lines(console, bill, fixed=False)
    _tell_lines(console, bill, fixed=True)
    _tell_bars(console, bill)
    _tell_totals(console, bill)
    if is_claimed(workload):
        tell_claim(console, bill)
    if savings:
        _tell_savings(console, savings)
    unsure = sorted({line.used.line.value for line in bill.lines if not line.price.is_confirmed})
    if unsure:
        said = "prices that no source of today confirmed: " + ", ".join(unsure)
        console.print(Text(said, style="dim"))


def _tell_lines(console: Console, bill: Bill, *, fixed: bool) -> None:
    lines = [line for line in bill.lines if line.used.is_fixed is fixed]
    if not lines:
        return
    console.print()
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    table.add_column("whatever the traffic" if fixed else "with the traffic", no_wrap=True)
    table.add_column("$", justify="right", no_wrap=True)
    table.add_column("how", overflow="fold")
    service = ""
    for line in lines:
        if line.service != service:
            service = line.service
            table.add_row(Text(service, style="bold"), "", "")
        table.add_row(f"  {line.price.unit}", f"{line.usd:,.3f}", f"{line.used.how}{_priced(line)}")
    console.print(table)


def _priced(line: BillLine) -> str:
    per = "" if line.price.per == 1 else f" per {_short(line.price.per)}"
    return f" = {_quantity(line.used.quantity)}, at ${line.price.usd:f}{per}"


def _short(per: int) -> str:
    return "million" if per == 1_000_000 else f"{per:,}"


def _quantity(quantity: Decimal) -> str:
    return f"{quantity:,.0f}" if quantity == quantity.to_integral_value() else f"{quantity:,.3f}"


def _tell_bars(console: Console, bill: Bill) -> None:
    console.print()
    spent = {service: bill.usd_of(lines) for service, lines in SERVICES.items()}
    most = max(spent.values(), default=Decimal(0))
    for service, usd in sorted(spent.items(), key=lambda one: one[1], reverse=True):
        if usd:
            bar = "█" * max(1, round(usd / most * BAR_WIDTH))
            console.print(f"{service:<20}{usd:>9,.2f}  {bar}")


def _tell_totals(console: Console, bill: Bill) -> None:
    traffic, fixed = (bill.usd_of(COMPARED, fixed=one) for one in (False, True))
    backups = bill.usd_of(SERVICES["DynamoDB backups"])
    console.print()
    console.print(f"{'all':<20}{bill.usd:>9,.2f}")
    console.print(
        f"{'less allowances':<20}{bill.usd_after_allowances:>9,.2f}  what AWS gives each account "
        "every month taken off, if nothing else uses it"
    )
    console.print(
        f"{'DynamoDB + Lambda':<20}{traffic:>9,.2f}  with the traffic; {fixed:,.2f} more whatever "
        f"it is, and {backups:,.2f} for backups"
    )


def _tell_savings(console: Console, savings: list[Saving]) -> None:
    console.print()
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    table.add_column("what would make it smaller")
    table.add_column("saves $", justify="right", no_wrap=True)
    table.add_column("and loses")
    for saving in savings:
        table.add_row(saving.change, f"{saving.usd:,.2f}", Text(saving.loses, style="dim"))
    console.print(table)
