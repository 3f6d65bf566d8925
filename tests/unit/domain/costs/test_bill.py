"""A bill: quantity times price, by service, less what AWS gives; and what would make it smaller."""

from decimal import Decimal

from oncepay.domain.costs.bill import COMPARED, SERVICES, Used, bill_of
from oncepay.domain.costs.prices import Line, Price, PriceTable, prices_of
from oncepay.domain.costs.savings import savings_of
from oncepay.domain.costs.usage import usage_of
from oncepay.domain.costs.workload import Workload


def a_table(**free: str) -> PriceTable:
    """Every line costs 2 dollars for 10."""
    prices = {
        line: Price(usd=Decimal(2), per=10, unit="units", source="a test", is_confirmed=True,
                    free=Decimal(free.get(line.name, "0")))
        for line in Line
    }  # fmt: skip
    return PriceTable(region="here", as_of="2026-11-22", prices=prices)


def use(line: Line, quantity: int, *, fixed: bool = False) -> Used:
    return Used(line=line, quantity=Decimal(quantity), how="", is_fixed=fixed)


def test_line__costs_its_quantity_at_its_price() -> None:
    bill = bill_of([use(Line.WRITES, 25)], a_table())
    assert [line.usd for line in bill.lines] == [5]


def test_lines__are_told_by_service_whatever_the_order() -> None:
    bill = bill_of([use(Line.KMS, 1), use(Line.READS, 1), use(Line.WRITES, 1)], a_table())
    assert [line.used.line for line in bill.lines] == [Line.WRITES, Line.READS, Line.KMS]


def test_every_line__has_a_service() -> None:
    assert sorted(line for lines in SERVICES.values() for line in lines) == sorted(Line)


def test_allowance__is_taken_off_all_lines_of_a_kind_once() -> None:
    bill = bill_of([use(Line.WRITES, 30), use(Line.WRITES, 20)], a_table(WRITES="40"))
    assert (bill.usd, bill.usd_after_allowances) == (Decimal(10), Decimal(2))


def test_allowance__larger_than_the_use__leaves_nothing_to_pay() -> None:
    bill = bill_of([use(Line.WRITES, 30)], a_table(WRITES="1000"))
    assert bill.usd_after_allowances == 0


def test_allowance__of_both_architectures__is_one() -> None:
    both = [use(Line.LAMBDA_ARM64, 30), use(Line.LAMBDA_X86_64, 30)]
    bill = bill_of(both, a_table(LAMBDA_ARM64="40", LAMBDA_X86_64="40"))
    assert bill.usd_after_allowances == 4


def test_sum__of_some_lines__fixed_or_not() -> None:
    bill = bill_of([use(Line.READS, 10), use(Line.READS, 5, fixed=True)], a_table())
    sums = [bill.usd_of(COMPARED, fixed=fixed) for fixed in (None, False, True)]
    assert sums == [3, 2, 1]


def test_savings__largest_first__each_what_it_really_saves() -> None:
    workload = Workload.of({"payments": 1_000_000, "architecture": "x86_64"})
    prices = prices_of("us-east-1")
    savings = savings_of(workload, prices)
    assert [one.usd for one in savings] == sorted((one.usd for one in savings), reverse=True)
    arm = next(one for one in savings if one.change == "Architecture=arm64")
    changed = Workload.of({"payments": 1_000_000})
    bills = [bill_of(usage_of(one), prices).usd for one in (workload, changed)]
    assert arm.usd == bills[0] - bills[1] > 0


def test_savings__that_are_made_already__are_not_named() -> None:
    workload = Workload.of({
        "payments": 1_000_000, "api": "http", "log_bytes": 400, "sampled_one_in": 0,
        "detailed_metrics": "false", "backups": "false", "retention_days": 30, "memory_mb": 512,
    })  # fmt: skip
    assert savings_of(workload, prices_of("us-east-1")) == []
