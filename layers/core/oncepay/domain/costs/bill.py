"""What does it cost? What was used, or will be, times its price; line by line."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from oncepay.domain.costs.prices import Line, Price, PriceTable

SERVICES: Final = {
    "DynamoDB": (Line.WRITES, Line.READS, Line.STORAGE, Line.STREAM_READS),
    "DynamoDB backups": (Line.BACKUPS,),
    "Lambda": (Line.LAMBDA_REQUESTS, Line.LAMBDA_ARM64, Line.LAMBDA_X86_64),
    "API Gateway": (Line.API_REST, Line.API_HTTP),
    "CloudWatch logs": (Line.LOGS_INGESTED, Line.LOGS_STORED),
    "CloudWatch metrics": (Line.METRICS, Line.METRIC_READS, Line.ALARMS),
    "Data sent out": (Line.TRANSFER_OUT,),
    "SQS": (Line.SQS,),
    "S3": (Line.S3_PUTS, Line.S3_GETS, Line.S3_STORAGE),
    "KMS": (Line.KMS,),
    "Secrets Manager": (Line.SECRETS, Line.SECRET_READS),
}
"""Lines of a bill by service, in the order in which they are told."""

COMPARED: Final = (*SERVICES["DynamoDB"], *SERVICES["Lambda"])
"""What is commonly meant by the cost of a payment: the database and the functions, without the
gateway in front of them and the logs behind them."""

_GIVEN_TOGETHER: Final = (Line.LAMBDA_ARM64, Line.LAMBDA_X86_64)
"""One allowance for both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Something that AWS charges for.

    Attributes:
        line: what it is.
        quantity: in the line's own unit.
        how: its arithmetic in words.
        is_fixed: whether it is the same whatever the traffic.
    """

    line: Line
    quantity: Decimal
    how: str
    is_fixed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BillLine:
    """What one thing costs.

    Attributes:
        used: it.
        service: whose bill it is on.
        price: of its unit.
    """

    used: Used
    service: str
    price: Price

    @property
    def usd(self) -> Decimal:
        """At list price."""
        return self.used.quantity * self.price.usd / self.price.per


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """All lines, by service.

    Attributes:
        region: whose prices.
        as_of: of the prices.
        lines: each with its arithmetic.
    """

    region: str
    as_of: str
    lines: tuple[BillLine, ...]

    @property
    def usd(self) -> Decimal:
        """At list prices."""
        return sum((line.usd for line in self.lines), Decimal(0))

    @property
    def usd_after_allowances(self) -> Decimal:
        """Less what AWS gives each account every month, if nothing else in the account uses it."""
        return self.usd - sum((self.given(line) for line in Line), Decimal(0))

    def usd_of(self, lines: Sequence[Line], *, fixed: bool | None = None) -> Decimal:
        """Of some lines, at list price; of those that traffic changes, or not, if that is said."""
        return sum(
            (
                one.usd
                for one in self.lines
                if one.used.line in lines and fixed in (None, one.used.is_fixed)
            ),
            Decimal(0),
        )

    def given(self, line: Line) -> Decimal:
        """Dollars of a line that AWS's monthly allowance takes away."""
        group = _GIVEN_TOGETHER if line in _GIVEN_TOGETHER else (line,)
        mine = [one for one in self.lines if one.used.line in group]
        if not mine or line is not mine[0].used.line:
            return Decimal(0)
        quantity = sum((one.used.quantity for one in mine), Decimal(0))
        if quantity == 0:
            return Decimal(0)
        spent = sum((one.usd for one in mine), Decimal(0))
        return spent * min(quantity, mine[0].price.free) / quantity


def bill_of(used: Sequence[Used], prices: PriceTable) -> Bill:
    """The bill for what was used, in the order of `SERVICES`."""
    lines = tuple(
        BillLine(used=one, service=service, price=prices.prices[line])
        for service, of_service in SERVICES.items()
        for line in of_service
        for one in used
        if one.line is line
    )
    return Bill(region=prices.region, as_of=prices.as_of, lines=lines)
