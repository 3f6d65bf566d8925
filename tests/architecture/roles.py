"""What do the functions' roles allow? Read from the policies as sam translates them for AWS."""

from collections.abc import Collection
from typing import Any

from tests.architecture.translation import Resources, translated

type Permission = tuple[str, str]
"""Resource of the template, action."""

LEADING_KEYS = "dynamodb:LeadingKeys"
NO_VALUE = {"Ref": "AWS::NoValue"}


def granted(
    function: str, resources: Resources | None = None, *, without: Collection[str] = ()
) -> set[Permission]:
    """Every pair of resource and action that a function's role allows.

    Args:
        function: of the template.
        resources: the template's, unless others are given.
        without: conditions of the template that are false; all others are true.
    """
    roles = resources or translated()["Resources"]
    pairs = set()
    for said in roles[f"{function}Role"]["Properties"]["Policies"]:
        policy = chosen(said, without)
        if policy == NO_VALUE:
            continue
        for statement in policy["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            for place in _as_list(statement["Resource"]):
                pairs |= {(_name(place), action) for action in _as_list(statement["Action"])}
    return pairs


def limits(function: str) -> dict[Permission, list[str]]:
    """Patterns of the partition keys, of what a function's role allows on some items only."""
    found: dict[Permission, list[str]] = {}
    for policy in translated()["Resources"][f"{function}Role"]["Properties"]["Policies"]:
        if "PolicyDocument" not in policy:
            continue
        for statement in policy["PolicyDocument"]["Statement"]:
            if "Condition" not in statement:
                continue
            # Of all keys of a call: ForAnyValue would let the rest of a batch through.
            ((operator, said),) = statement["Condition"].items()
            assert (operator, list(said)) == ("ForAllValues:StringLike", [LEADING_KEYS])
            for action in _as_list(statement["Action"]):
                found[_name(statement["Resource"]), action] = said[LEADING_KEYS]
    return found


def chosen(value: Any, without: Collection[str]) -> Any:
    """What a value is that may depend on a condition."""
    match value:
        case {"Fn::If": [condition, then, otherwise]}:
            return otherwise if condition in without else then
    return value


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _name(resource: str | dict[str, Any]) -> str:
    """Of an ARN: the logical id, with what is below it, such as `/index/by_date` or `/*`."""
    if isinstance(resource, str):
        return resource
    ((function, value),) = resource.items()
    match function, value:
        case "Ref", str():
            return value
        case "Fn::GetAtt", [name, "Arn"]:
            return str(name)
        case "Fn::Sub", str():
            return value.replace("${", "").replace(".Arn}", "")
    raise AssertionError(f"a resource of a policy that the tests cannot read: {resource}")
