"""A workload: read from text, from numbers; what is wrong is named."""

from decimal import Decimal

import pytest

from oncepay.domain.costs.workload import Workload
from oncepay.domain.errors import InvalidRequest


def test_members__as_text_or_numbers__are_the_same() -> None:
    text = Workload.of({"payments": "1000", "queries_per_payment": "5.2", "backups": "true"})
    assert text == Workload.of({"payments": 1000, "queries_per_payment": 5.2, "backups": True})


def test_count__of_what_is_not_said__is_zero() -> None:
    assert Workload.of({"payments": 1}).count("refunds") == 0


def test_region__not_said__is_the_one_given() -> None:
    assert Workload.of({}, region="eu-west-1").region == "eu-west-1"
    assert Workload.of({"region": "us-east-1"}, region="eu-west-1").region == "us-east-1"


def test_number__in_scientific_words__is_one() -> None:
    assert Workload.of({"payments": "1e6"}).count("payments") == Decimal(1_000_000)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("api", "soap", "api must be one of: rest, http"),
        ("backups", "perhaps", "backups must be true or false"),
        ("memory_mb", "64", "memory_mb must be a whole number of 128 to 10240"),
        ("payments", "-1", "payments must be a whole number of 0 to 1000000000000"),
        ("payments", "1.5", "payments must be a whole number of 0 to 1000000000000"),
        ("payments", "1_000", "payments must be a whole number of 0 to 1000000000000"),
        ("payments", "NaN", "payments must be a whole number of 0 to 1000000000000"),
        ("payments", "many", "payments must be a whole number of 0 to 1000000000000"),
        ("payments", True, "payments must be a whole number of 0 to 1000000000000"),
        ("payments", None, "payments must be a whole number of 0 to 1000000000000"),
        ("payments", "9" * 5_000, "payments must be a whole number of 0 to 1000000000000"),
        ("cold_ms", "1E-10000000", "cold_ms must be a number of 0 to 60000"),
        ("cold_ms", "0E-3000000000", "cold_ms must be a number of 0 to 60000"),
        ("cold_ms", "0.1234567", "cold_ms must be a number of 0 to 60000"),
        ("queries_per_payment", "Infinity", "queries_per_payment must be a number of 0 to 10000"),
        ("region", 7, "region must be a string"),
    ],
)
def test_wrong_member__is_named_with_its_rule(name: str, value: object, said: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        Workload.of({name: value})
    assert (raised.value.detail, raised.value.param) == (said, name)


def test_unknown_member__is_told_what_there_is() -> None:
    with pytest.raises(InvalidRequest) as raised:
        Workload.of({"paymnts": 1})
    assert raised.value.param == "paymnts"
    assert raised.value.detail.startswith("unknown: paymnts; there are: payments, replays, ")


def test_derived_count__cannot_be_said() -> None:
    with pytest.raises(InvalidRequest):
        Workload.of({"settlement_chunks": 1})
