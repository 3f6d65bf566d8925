"""The dated prices: whole for every region, told from where, and pinned where they were read.

Source of the numbers: AWS's Price List, as `oncepay.domain.costs.price_tables` tells, 2026-10.
"""

import re
from datetime import date
from decimal import Decimal

import pytest

from oncepay.domain.costs import price_tables
from oncepay.domain.costs.prices import Line, known_regions, prices_of
from oncepay.domain.errors import InvalidRequest

REGIONS = (
    "ap-northeast-1",
    "ap-southeast-1",
    "eu-central-1",
    "eu-west-1",
    "us-east-1",
    "us-east-2",
    "us-west-2",
)

US_EAST_1 = {
    Line.WRITES: ("0.625", 1_000_000, "0"),
    Line.READS: ("0.125", 1_000_000, "0"),
    Line.STORAGE: ("0.25", 1, "25"),
    Line.BACKUPS: ("0.20", 1, "0"),
    Line.STREAM_READS: ("0.02", 100_000, "2500000"),
    Line.LAMBDA_REQUESTS: ("0.20", 1_000_000, "1000000"),
    Line.LAMBDA_ARM64: ("0.0000133334", 1, "400000"),
    Line.LAMBDA_X86_64: ("0.0000166667", 1, "400000"),
    Line.API_REST: ("3.50", 1_000_000, "0"),
    Line.API_HTTP: ("1.00", 1_000_000, "0"),
    Line.SQS: ("0.40", 1_000_000, "1000000"),
    Line.S3_PUTS: ("0.005", 1_000, "0"),
    Line.S3_GETS: ("0.0004", 1_000, "0"),
    Line.S3_STORAGE: ("0.023", 1, "0"),
    Line.LOGS_INGESTED: ("0.50", 1, "5"),
    Line.LOGS_STORED: ("0.03", 1, "5"),
    Line.METRICS: ("0.30", 1, "10"),
    Line.METRIC_READS: ("0.01", 1_000, "0"),
    Line.ALARMS: ("0.10", 1, "10"),
    Line.KMS: ("0.03", 10_000, "20000"),
    Line.SECRETS: ("0.40", 1, "0"),
    Line.SECRET_READS: ("0.05", 10_000, "0"),
    Line.TRANSFER_OUT: ("0.09", 1, "100"),
}

DEAREST_LINES = (Line.WRITES, Line.READS, Line.STORAGE, Line.API_REST, Line.LOGS_INGESTED)
OF_DEAREST_LINES = {
    "ap-northeast-1": ("0.715", "0.1425", "0.285", "4.25", "0.76"),
    "ap-southeast-1": ("0.71", "0.1425", "0.285", "4.25", "0.70"),
    "eu-central-1": ("0.7625", "0.1525", "0.306", "3.70", "0.63"),
    "eu-west-1": ("0.705", "0.1415", "0.283", "3.50", "0.57"),
    "us-east-1": ("0.625", "0.125", "0.25", "3.50", "0.50"),
    "us-east-2": ("0.625", "0.125", "0.25", "3.50", "0.50"),
    "us-west-2": ("0.625", "0.125", "0.25", "3.50", "0.50"),
}

DOUBTED_SOMEWHERE = {Line.STREAM_READS, Line.METRIC_READS, Line.BACKUPS, Line.KMS}

LAST_KNOWN_CHANGE = "2024-11-01"


def test_known_regions__are_named_in_order() -> None:
    assert known_regions() == REGIONS


@pytest.mark.parametrize("region", REGIONS)
def test_prices_of__each_region__has_every_line_above_nothing(region: str) -> None:
    prices = prices_of(region).prices
    assert tuple(prices) == tuple(Line)
    assert all(price.usd > 0 for price in prices.values())


@pytest.mark.parametrize("line", Line)
def test_prices_of__us_east_1__is_as_listed(line: Line) -> None:
    price = prices_of("us-east-1").prices[line]
    usd, per, free = US_EAST_1[line]
    assert (price.usd, price.per, price.free) == (Decimal(usd), per, Decimal(free))


@pytest.mark.parametrize("region", REGIONS)
def test_prices_of__each_regions_dearest_lines__are_as_listed(region: str) -> None:
    prices = prices_of(region).prices
    found = tuple(prices[line].usd for line in DEAREST_LINES)
    assert found == tuple(Decimal(usd) for usd in OF_DEAREST_LINES[region])


def test_prices_of__unknown_region__names_the_known_ones() -> None:
    with pytest.raises(InvalidRequest) as refused:
        prices_of("mars-north-1")
    assert refused.value.param == "region"
    assert refused.value.detail == (
        f"region must be one whose prices are known: {', '.join(REGIONS)}"
    )


@pytest.mark.parametrize("region", REGIONS)
def test_prices_of__each_price__tells_aws_own_file_and_a_date_after_the_last_change(
    region: str,
) -> None:
    for price in prices_of(region).prices.values():
        told = re.match(
            r"https://pricing\.us-east-1\.amazonaws\.com/offers/v1\.0/aws/\w+/current/"
            rf"{region}/index\.json, as of (\d{{4}}-\d{{2}}(-\d{{2}})?)(: .+)?$",
            price.source,
        )
        assert told is not None, price.source
        assert told[1] > LAST_KNOWN_CHANGE


@pytest.mark.parametrize("region", REGIONS)
def test_prices_of__a_price_not_seen_for_the_region__is_not_confirmed_and_says_why(
    region: str,
) -> None:
    for line, price in prices_of(region).prices.items():
        assert price.is_confirmed is not ("derived" in price.source or "not seen" in price.source)
        assert price.is_confirmed or line in DOUBTED_SOMEWHERE


def test_prices_of__a_derived_price__tells_its_doubt() -> None:
    backups = prices_of("ap-southeast-1").prices[Line.BACKUPS]
    assert backups.usd == prices_of("ap-northeast-1").prices[Line.BACKUPS].usd
    assert backups.source.endswith(
        "ap-southeast-1/index.json, as of 2026-08-31: derived; four fifths of storage, as in "
        "ap-northeast-1, whose storage costs the same"
    )


def test_prices_of__stream_reads_said_to_follow_storage__do() -> None:
    home = prices_of("us-east-1").prices
    for region in ("eu-west-1", "eu-central-1", "ap-northeast-1", "ap-southeast-1"):
        prices = prices_of(region).prices
        ratio = prices[Line.STORAGE].usd / home[Line.STORAGE].usd
        assert prices[Line.STREAM_READS].usd == home[Line.STREAM_READS].usd * ratio


@pytest.mark.parametrize("region", REGIONS)
def test_prices_of__each_region__is_decimal_throughout(region: str) -> None:
    for price in prices_of(region).prices.values():
        assert (type(price.usd), type(price.free)) == (Decimal, Decimal)


@pytest.mark.parametrize("region", REGIONS)
def test_price_tables__each_line__is_on_one_sheet_only(region: str) -> None:
    names = [name for sheet in price_tables.REGIONS[region] for name in sheet.usd]
    assert sorted(names) == sorted(Line)


def test_price_tables__their_numbers__are_text_that_a_decimal_keeps() -> None:
    sheets = [sheet for sheets in price_tables.REGIONS.values() for sheet in sheets]
    numbers = [usd for sheet in sheets for usd in sheet.usd.values()]
    numbers += [counted.free for counted in price_tables.UNITS.values()]
    assert all(format(Decimal(number), "f") == number for number in numbers)


def test_price_tables__their_date__is_that_of_the_newest_sheet() -> None:
    dates = [sheet.as_of for sheets in price_tables.REGIONS.values() for sheet in sheets]
    assert prices_of("us-east-1").as_of == max(dates) == "2026-10-08"
    assert date.fromisoformat(max(dates)).isoformat() == max(dates)


def test_prices_of__the_prices__cannot_be_changed() -> None:
    prices = prices_of("us-east-1").prices
    with pytest.raises(TypeError):
        prices[Line.WRITES] = prices[Line.READS]  # type: ignore[index]
