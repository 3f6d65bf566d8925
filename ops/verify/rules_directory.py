"""Is every merchant and API key stored as docs/data-model.md says? (shape, I4, shards)"""

from ops.verify.fields import read_item
from ops.verify.findings import Key, Outcome, Rule
from ops.verify.rules_shards import DIRECTORY, check_swept, hot_key
from ops.verify.specification import API_KEY_PART, OPERATOR
from ops.verify.specification_outside import API_KEY, MERCHANT_PROFILE
from ops.verify.tables import Item, key_of


def check_directory_item(item: Item, hot: Item | None) -> Outcome:
    """Check one item of Directory.

    Args:
        item: a merchant or an API key.
        hot: the item by which the sweep knows the merchant, if there is one.
    """
    outcome = Outcome()
    outcome.count(Rule.SHAPE, Rule.I4)
    key = key_of(item)
    if is_sharded(item):
        outcome.count(Rule.SHARDS)
    is_merchant_id = key.id.startswith("mer_")
    if key.part == "merchant":
        reading = read_item(DIRECTORY, key, item, MERCHANT_PROFILE)
        if not is_merchant_id:
            reading.add(Rule.SHAPE, "the id of a merchant to begin with mer_", key.id)
        check_swept(reading, key.id, reading.number("shards"), hot)
    elif API_KEY_PART.fullmatch(key.part):
        reading = read_item(DIRECTORY, key, item, API_KEY)
        if not is_merchant_id and key.id != OPERATOR:
            reading.add(Rule.SHAPE, f"an API key of a merchant or of {OPERATOR}", key.id)
        scopes = item.get("scopes", {}).get("L", [])
        if not all("S" in scope for scope in scopes):
            reading.add(Rule.SHAPE, "scopes that are strings", scopes)
    else:
        reading = read_item(DIRECTORY, key, item, ())
        reading.add(Rule.SHAPE, "a part merchant or api_key#...", key.part)
    outcome.extend(reading.findings)
    return outcome


def swept_as(item: Item) -> Key | None:
    """The item by which the sweep is to know a merchant; None of what has no shards."""
    return hot_key(key_of(item).id) if is_sharded(item) else None


def is_sharded(item: Item) -> bool:
    """Whether an item of Directory is a merchant whose books have several shards."""
    return key_of(item).part == "merchant" and "shards" in item
