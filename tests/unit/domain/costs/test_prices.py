"""The dated prices: whole for every region, told from where, and pinned for us-east-1."""

from datetime import date
from decimal import Decimal

import pytest

from oncepay.domain.costs import price_tables
from oncepay.domain.costs.prices import Line, known_regions, prices_of
from oncepay.domain.errors import InvalidRequest

REGIONS = known_regions()

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


@pytest.mark.parametrize("region", REGIONS)
def test_prices_of__each_region__has_every_line_above_nothing(region: str) -> None:
    prices = prices_of(region).prices
    assert set(prices) == set(Line)
    assert all(price.usd > 0 for price in prices.values())


@pytest.mark.parametrize("line", Line)
def test_prices_of__us_east_1__is_as_listed(line: Line) -> None:
    price = prices_of("us-east-1").prices[line]
    usd, per, free = US_EAST_1[line]
    assert (price.usd, price.per, price.free) == (Decimal(usd), per, Decimal(free))


def test_prices_of__unknown_region__names_the_known_ones() -> None:
    with pytest.raises(InvalidRequest) as refused:
        prices_of("mars-north-1")
    assert refused.value.param == "region"
    assert refused.value.detail == (
        f"region must be one whose prices are known: {', '.join(REGIONS)}"
    )


def test_known_regions__are_in_order_and_have_us_east_1() -> None:
    assert list(REGIONS) == sorted(set(REGIONS))
    assert "us-east-1" in REGIONS


@pytest.mark.parametrize("region", REGIONS)
def test_prices_of__each_region__tells_a_unit_and_a_dated_source(region: str) -> None:
    for price in prices_of(region).prices.values():
        assert price.unit
        assert any(year in price.source for year in ("2024", "2025", "2026"))


@pytest.mark.parametrize("region", REGIONS)
def test_prices_of__each_region__is_decimal_throughout(region: str) -> None:
    for price in prices_of(region).prices.values():
        assert (type(price.usd), type(price.free)) == (Decimal, Decimal)


def test_price_tables__their_numbers__are_text_that_a_decimal_keeps() -> None:
    listed = [*price_tables.EVERYWHERE.values()]
    for prices in price_tables.REGIONS.values():
        listed += prices.values()
    for number in [
        *(price.usd for price in listed),
        *(c.free for c in price_tables.UNITS.values()),
    ]:
        assert str(Decimal(number)) == number


def test_prices_of__its_date__is_a_day() -> None:
    as_of = prices_of("us-east-1").as_of
    assert date.fromisoformat(as_of).isoformat() == as_of


def test_prices_of__the_prices__cannot_be_changed() -> None:
    prices = prices_of("us-east-1").prices
    with pytest.raises(TypeError):
        prices[Line.WRITES] = prices[Line.READS]  # type: ignore[index]
