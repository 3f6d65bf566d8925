"""How is a balance changed? By commutative sums, under a condition, in DynamoDB's own words.

The words are written out here, not put together by PynamoDB: this is the one update of every
payment, and the same each time.
"""

from typing import Any

from oncepay.domain.ledger import MERCHANT_ACCOUNTS, LedgerEntry, Needs
from oncepay.storage.attributes import write_whole

type Values = dict[str, dict[str, str]]


def update_of(entry: LedgerEntry, needs: Needs | None) -> dict[str, Any]:
    """What an entry does to its shard's balance: expressions and their values."""
    values: Values = {
        ":merchant_id": {"S": entry.ledger_id.partition("#")[0]},
        ":currency": {"S": entry.currency},
        ":one": {"N": "1"},
    }
    sets = "SET merchant_id = :merchant_id, currency = :currency"
    adds = "ADD entry_count :one"
    for account in MERCHANT_ACCOUNTS:
        change_minor = entry.change_of(account)
        if change_minor:
            adds += f", {account}_minor :{account}"
            values[f":{account}"] = {"N": write_whole(change_minor)}
    if needs is not None and needs.shards is not None:
        # Its value is that of the condition.
        sets += ", shards = :shards"
    update = {"UpdateExpression": f"{sets} {adds}", "ExpressionAttributeValues": values}
    condition = None if needs is None else condition_of(needs, values)
    if condition is None:
        return update
    return {
        **update,
        "ConditionExpression": condition,
        # Refused, it comes back as it is.
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def condition_of(needs: Needs, values: Values) -> str | None:
    """What a balance must be like; adds to the values. One that is not there, or never had
    anything, has nothing.
    """
    clauses: list[str] = []
    if needs.at_least is not None:
        values[":least"] = {"N": write_whole(needs.at_least)}
        has_it = "available_minor >= :least"
        clauses.append(has_it if needs.at_least > 0 else _or_nothing(has_it))
    if needs.exactly is not None:
        values[":exactly"] = {"N": write_whole(needs.exactly)}
        is_it = "available_minor = :exactly"
        clauses.append(is_it if needs.exactly else _or_nothing(is_it))
    if needs.entries is not None:
        values[":entries"] = {"N": write_whole(needs.entries)}
        clauses.append("entry_count = :entries")
    if needs.unsharded:
        clauses.append("attribute_not_exists(shards)")
    if needs.shards is not None:
        values[":shards"] = {"N": write_whole(needs.shards)}
        clauses.append("(attribute_not_exists(shards) OR shards <= :shards)")
    return " AND ".join(clauses) or None


def _or_nothing(clause: str) -> str:
    return f"(attribute_not_exists(available_minor) OR {clause})"
