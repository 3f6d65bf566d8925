"""Are the tables protected, and does only that expire which the data model says? As sam translates
them for AWS.
"""

import re
from typing import Any

import pytest
from pynamodb.models import Model

from oncepay.storage.tables import KEYS, TABLE
from tests.architecture.translation import of_type, translated
from tests.stored_items import MODELS
from tests.template_tables import ROLES, ROOT

TABLES = sorted(ROLES.values())
ROLE_OF = {table: role for role, table in ROLES.items()}


def table_of(name: str) -> dict[str, Any]:
    resource: dict[str, Any] = translated()["Resources"][name]
    return resource


def properties_of(name: str) -> dict[str, Any]:
    properties: dict[str, Any] = table_of(name)["Properties"]
    return properties


def ttl_attribute(table: str) -> str | None:
    """What docs/data-model.md calls the TTL attribute of a table, if there is one."""
    text = (ROOT / "docs" / "data-model.md").read_text()
    heading = f"## {ROLE_OF[table].capitalize()}:"
    assert text.count(heading) == 1, heading
    section = text.split(heading)[1].split("\n## ")[0]
    found: list[str] = re.findall(r"`(\w+)` N \| TTL attribute", section)
    assert len(found) <= 1
    return found[0] if found else None


def test_tables__are_exactly_those_of_the_data_model() -> None:
    assert sorted(of_type("AWS::DynamoDB::Table")) == TABLES
    headings = re.findall(
        r"^## (\w+):", (ROOT / "docs" / "data-model.md").read_text(), re.MULTILINE
    )
    assert sorted(heading.lower() for heading in headings) == sorted(ROLES)


@pytest.mark.parametrize("table", TABLES)
def test_table__is_paid_by_request(table: str) -> None:
    assert properties_of(table)["BillingMode"] == "PAY_PER_REQUEST"


@pytest.mark.parametrize("table", TABLES)
def test_table__can_be_set_back_to_any_second(table: str) -> None:
    recovery = properties_of(table)["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True}


@pytest.mark.parametrize("table", TABLES)
def test_table__is_encrypted_under_a_key_of_kms(table: str) -> None:
    assert properties_of(table)["SSESpecification"] == {"SSEEnabled": True}


@pytest.mark.parametrize("table", TABLES)
def test_table__cannot_be_deleted_in_prod(table: str) -> None:
    protection = properties_of(table)["DeletionProtectionEnabled"]
    assert protection == {"Fn::If": ["IsProd", True, False]}


def test_is_prod__is_the_stage_prod() -> None:
    assert translated()["Conditions"]["IsProd"] == {"Fn::Equals": [{"Ref": "Environment"}, "prod"]}


@pytest.mark.parametrize("table", TABLES)
def test_table__outlives_the_stack(table: str) -> None:
    assert table_of(table)["DeletionPolicy"] == "RetainExceptOnCreate"
    assert table_of(table)["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("table", TABLES)
def test_table__forgets_what_the_data_model_lets_it_forget(table: str) -> None:
    attribute = ttl_attribute(table)
    said = {"AttributeName": attribute, "Enabled": True} if attribute else None
    assert properties_of(table).get("TimeToLiveSpecification") == said


def test_tables_that_forget__are_two() -> None:
    forgetful = [table for table in TABLES if "TimeToLiveSpecification" in properties_of(table)]
    assert forgetful == ["EventsTable", "IdempotencyTable"]


def test_payments_table__streams_both_images() -> None:
    stream = properties_of("PaymentsTable")["StreamSpecification"]
    assert stream == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


@pytest.mark.parametrize("table", ["LedgerTable", "EventsTable", "SettlementsTable"])
def test_index__holds_keys_only__so_that_a_change_of_the_rest_costs_no_write(table: str) -> None:
    indexes = properties_of(table)["GlobalSecondaryIndexes"]
    assert indexes
    for index in indexes:
        if index["IndexName"] != "by_open":
            assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}


def test_index_of_open_breaks__is_sparse_and_shows_what_never_changes() -> None:
    indexes = properties_of("SettlementsTable")["GlobalSecondaryIndexes"]
    (by_open,) = [index for index in indexes if index["IndexName"] == "by_open"]
    assert _keys(by_open["KeySchema"]) == {"HASH": "open_bucket", "RANGE": "opened_at"}
    assert by_open["Projection"] == {
        "ProjectionType": "INCLUDE",
        "NonKeyAttributes": ["kind", "gross_minor", "currency"],
    }
    holders = [model for model in MODELS["settlements"] if "open_bucket" in model.get_attributes()]
    assert [model.__name__ for model in holders] == ["BreakItem"]
    assert holders[0].get_attributes()["open_bucket"].null


@pytest.mark.parametrize("table", ["PaymentsTable", "EventsTable"])
def test_index_of_what_is_due__is_sparse_and_holds_keys_only(table: str) -> None:
    # Both keys are attributes that only unfinished work has, so that the rest costs nothing here.
    indexes = properties_of(table)["GlobalSecondaryIndexes"]
    (by_due,) = [index for index in indexes if index["IndexName"] == "by_due"]
    assert by_due["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert _keys(by_due["KeySchema"]) == {"HASH": "due_bucket", "RANGE": "due_at"}
    for model in MODELS[ROLE_OF[table]]:
        # But for merchants whose shards are levelled: they are few, and never done with.
        if model.__name__ == "HotMerchantItem":
            continue
        for name, attribute in model.get_attributes().items():
            assert name not in {"due_bucket", "due_at"} or attribute.null


@pytest.mark.parametrize("table", TABLES)
def test_table__has_the_keys_and_indexes_that_it_is_read_by(table: str) -> None:
    deployed = properties_of(table)
    keys = {TABLE: _names(deployed["KeySchema"])}
    for index in deployed.get("GlobalSecondaryIndexes", ()):
        keys[index["IndexName"]] = _names(index["KeySchema"])
    assert KEYS[ROLE_OF[table]] == keys
    assert {definition["AttributeType"] for definition in deployed["AttributeDefinitions"]} == {"S"}


@pytest.mark.parametrize("table", TABLES)
def test_table__has_the_keys_and_indexes_of_its_models(table: str) -> None:
    # One model of a table declares its indexes; the others have its key alone.
    schemas = [schema_of(model) for model in MODELS[ROLE_OF[table]]]
    deployed = properties_of(table)
    indexes = {
        index["IndexName"]: (_keys(index["KeySchema"]), index["Projection"]["ProjectionType"])
        for index in deployed.get("GlobalSecondaryIndexes", ())
    }
    assert {str(keys) for keys, _ in schemas} == {str(_keys(deployed["KeySchema"]))}
    assert [found for _, found in schemas if found] == ([indexes] if indexes else [])


def schema_of(model: type[Model]) -> tuple[Any, Any]:
    """Keys, and keys and projection of each index."""
    schema = model._get_schema()
    indexes = {
        index["index_name"]: (_keys(index["key_schema"]), index["projection"]["ProjectionType"])
        for index in schema["global_secondary_indexes"]
    }
    return _keys(schema["key_schema"]), indexes


def _keys(schema: list[Any]) -> dict[str, str]:
    return {key["KeyType"]: key["AttributeName"] for key in schema}


def _names(schema: list[Any]) -> tuple[str, ...]:
    keys = _keys(schema)
    return tuple(keys[kind] for kind in ("HASH", "RANGE") if kind in keys)
