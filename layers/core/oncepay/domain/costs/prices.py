"""What does AWS ask for one unit of each thing that a payment uses, in each region?

List prices on demand, in US dollars without taxes, as `price_tables` holds them. Three things are
not modelled, and each makes the bill of a large account too high, never too low: the cheaper tiers
of volume (after the first 333 million calls of a REST API, the first 6 billion GB-seconds of
Lambda, the first 10 TB sent out, ...), agreements such as savings plans, and offers that end with
an account's first twelve months. The allowances that AWS gives every month without end are in
`Price.free`; one account has each of them once, over all its regions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from oncepay.domain.costs import price_tables
from oncepay.domain.errors import InvalidRequest

_PRICE_LIST: Final = "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws"


class Line(StrEnum):
    """What a bill has a line for."""

    WRITES = "dynamodb_writes"
    READS = "dynamodb_reads"
    STORAGE = "dynamodb_storage"
    BACKUPS = "dynamodb_backups"
    STREAM_READS = "dynamodb_stream_reads"
    LAMBDA_REQUESTS = "lambda_requests"
    LAMBDA_ARM64 = "lambda_arm64"
    LAMBDA_X86_64 = "lambda_x86_64"
    API_REST = "api_rest"
    API_HTTP = "api_http"
    SQS = "sqs_requests"
    S3_PUTS = "s3_puts"
    S3_GETS = "s3_gets"
    S3_STORAGE = "s3_storage"
    LOGS_INGESTED = "logs_ingested"
    LOGS_STORED = "logs_stored"
    METRICS = "cloudwatch_metrics"
    METRIC_READS = "cloudwatch_metric_reads"
    ALARMS = "cloudwatch_alarms"
    KMS = "kms_requests"
    SECRETS = "secrets"
    SECRET_READS = "secret_reads"  # noqa: S105 - a line of a bill, not a password
    TRANSFER_OUT = "transfer_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The price of one line in one region.

    Attributes:
        usd: what `per` of `unit` cost.
        per: how many units that is.
        unit: what is counted, in the plural.
        source: AWS's own file of that price, and of which date it was read; what is doubtful
            about it, if something is.
        is_confirmed: whether that very number was read for that very region, in a source of after
            the last known change of the price.
        free: units that AWS gives an account every month, without end.
    """

    usd: Decimal
    per: int
    unit: str
    source: str
    is_confirmed: bool
    free: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTable:
    """All prices of one region.

    Attributes:
        region: AWS's code of it.
        as_of: the ISO date of the newest source of all tables; each price tells its own.
        prices: one for each line.
    """

    region: str
    as_of: str
    prices: Mapping[Line, Price]


def known_regions() -> tuple[str, ...]:
    """The regions that every line has a price in, by name."""
    return tuple(sorted(price_tables.REGIONS))


def prices_of(region: str) -> PriceTable:
    """The prices of that region.

    Raises:
        InvalidRequest: if there is no table of it; names those there are.
    """
    if region not in price_tables.REGIONS:
        raise InvalidRequest(
            f"region must be one whose prices are known: {', '.join(known_regions())}",
            param="region",
        )
    found = {line: _price_of(line, sheet, region) for sheet, line in _listed(region)}
    prices = MappingProxyType({line: found[line] for line in Line})
    return PriceTable(region=region, as_of=price_tables.AS_OF, prices=prices)


def _listed(region: str) -> Iterator[tuple[price_tables.Sheet, Line]]:
    for sheet in price_tables.REGIONS[region]:
        for name in sheet.usd:
            yield sheet, Line(name)


def _price_of(line: Line, sheet: price_tables.Sheet, region: str) -> Price:
    counted = price_tables.UNITS[line]
    source = f"{_PRICE_LIST}/{sheet.offer}/current/{region}/index.json, as of {sheet.as_of}"
    return Price(
        usd=Decimal(sheet.usd[line]),
        per=counted.per,
        unit=counted.unit,
        source=f"{source}: {sheet.doubt}" if sheet.doubt else source,
        is_confirmed=not sheet.doubt,
        free=Decimal(counted.free),
    )
