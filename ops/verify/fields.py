"""What does one raw item hold? Reads attributes by a list of fields and never trusts them.

Whatever is missing or of another type becomes a finding, and its value is then simply not there:
the rules ask only about values that could be read, so that one broken attribute gives one finding
and never a crash.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ops.verify.findings import Finding, Key, Rule, shown
from ops.verify.tables import Item

WHOLE_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,37})")
"""DynamoDB keeps 38 digits; a fraction, an exponent or a longer number is not money."""

USED_TYPES: Final = frozenset({"S", "N", "M", "L", "BOOL"})
"""The only DynamoDB types that docs/data-model.md uses, also for an attribute it does not name."""

KEY_ATTRIBUTES: Final = frozenset({"id", "part"})


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute that an item may have."""

    name: str
    type: str = "S"
    required: bool = True
    pattern: re.Pattern[str] | None = None
    one_of: frozenset[str] | None = None
    least: int | None = None
    most: int | None = None


@dataclass(slots=True)
class Reading:
    """What could be read of one item (or of one map inside it), and what could not."""

    table: str
    key: Key
    item: Item
    path: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def text(self, name: str) -> str | None:
        """A readable string, or None."""
        return self.texts.get(name)

    def number(self, name: str) -> int | None:
        """A readable whole number, or None."""
        return self.numbers.get(name)

    def has(self, name: str) -> bool:
        """Whether the attribute is stored at all, readable or not."""
        return name in self.item

    def add(self, rule: Rule, expected: str, found: object) -> None:
        """Note that this item breaks a rule."""
        self.findings.append(Finding(rule, self.table, self.key, expected, shown(found)))


def read_item(
    table: str, key: Key, item: Item, fields: Iterable[Field], *, nothing_else: bool = False
) -> Reading:
    """Read an item by its fields; attributes that no field names must at least be of a sane type.

    Args:
        table: where it is stored.
        key: its key.
        item: as DynamoDB sent it.
        fields: what it may have.
        nothing_else: whether an attribute that no field names is wrong in itself.

    Returns: the readable values, with a finding for everything else.
    """
    reading = Reading(table, key, item)
    known = set(KEY_ATTRIBUTES)
    for one in fields:
        known.add(one.name)
        read_field(reading, one)
    for name in sorted(item.keys() - known):
        if nothing_else:
            reading.add(Rule.SHAPE, f"no attribute {shown(name)}", _described(item[name]))
        else:
            _check_unknown(reading, name, item[name])
    return reading


def read_maps(reading: Reading, name: str, fields: Iterable[Field]) -> list[Reading] | None:
    """Read a list of maps inside an item.

    Returns: one reading per map; an absent list is an empty one; None if any of it is unreadable
    (the finding is with the item).
    """
    if not reading.has(name):
        return []
    value = reading.item[name].get("L")
    if not isinstance(value, list):
        return None
    fields, maps, is_whole = tuple(fields), [], True
    for index, element in enumerate(value):
        where = f"{name}[{index}]"
        inner = element.get("M")
        if not isinstance(inner, Mapping):
            reading.add(Rule.SHAPE, f"{where} to be a map", _described(element))
            is_whole = False
            continue
        one = Reading(reading.table, reading.key, inner, path=where + ".")
        for wanted in fields:
            read_field(one, wanted)
        is_whole = is_whole and not one.findings
        reading.findings.extend(one.findings)
        maps.append(one)
    return maps if is_whole else None


def check_map_of_strings(reading: Reading, name: str) -> None:
    """Check that an optional map holds strings only."""
    value = reading.item.get(name, {}).get("M")
    if not isinstance(value, Mapping):
        return
    for inner, element in value.items():
        if "S" not in element:
            reading.add(Rule.SHAPE, f"{name}.{shown(inner)} to be a string", _described(element))


def read_map_of_numbers(reading: Reading, name: str) -> dict[str, int] | None:
    """Read a map of whole numbers.

    Returns: None if it is not there, or if any of it is unreadable (the finding is with the item).
    """
    value = reading.item.get(name, {}).get("M")
    if not isinstance(value, Mapping):
        return None
    numbers, is_whole = {}, True
    for inner, element in value.items():
        if WHOLE_NUMBER.fullmatch(str(element.get("N"))):
            numbers[inner] = int(element["N"])
        else:
            wanted = f"{name}.{shown(inner)} to be a whole number"
            reading.add(Rule.I4, wanted, _described(element))
            is_whole = False
    return numbers if is_whole else None


def check_map_of_facts(reading: Reading, name: str) -> None:
    """Check that a map holds strings and whole numbers only."""
    value = reading.item.get(name, {}).get("M")
    if not isinstance(value, Mapping):
        return
    for inner, element in value.items():
        where = f"{name}.{shown(inner)}"
        if "N" in element:
            if not WHOLE_NUMBER.fullmatch(str(element["N"])):
                reading.add(Rule.I4, f"{where} to be a whole number", _described(element))
        elif "S" not in element:
            wanted = f"{where} to be a string or a whole number"
            reading.add(Rule.SHAPE, wanted, _described(element))


def read_field(reading: Reading, wanted: Field) -> None:
    """Read one attribute of an item, or of a map inside it."""
    name = reading.path + wanted.name
    value = reading.item.get(wanted.name)
    if value is None:
        if wanted.required:
            reading.add(Rule.SHAPE, f"an attribute {name}", "none")
        return
    if wanted.type not in value:
        rule = Rule.I4 if wanted.type == "N" else Rule.SHAPE
        reading.add(rule, f"{name} of type {wanted.type}", _described(value))
    elif wanted.type == "N":
        _read_number(reading, wanted, name, str(value["N"]))
    elif wanted.type == "S":
        _read_text(reading, wanted, name, str(value["S"]))


def _read_number(reading: Reading, wanted: Field, name: str, digits: str) -> None:
    if not WHOLE_NUMBER.fullmatch(digits):
        reading.add(Rule.I4, f"{name} to be a whole number", digits)
    elif wanted.least is not None and int(digits) < wanted.least:
        reading.add(Rule.I4, f"{name} to be {wanted.least} or more", digits)
    elif wanted.most is not None and int(digits) > wanted.most:
        reading.add(Rule.I4, f"{name} to be {wanted.most} or less", digits)
    else:
        reading.numbers[wanted.name] = int(digits)


def _read_text(reading: Reading, wanted: Field, name: str, text: str) -> None:
    if wanted.one_of is not None and text not in wanted.one_of:
        reading.add(Rule.SHAPE, f"{name} to be one of {', '.join(sorted(wanted.one_of))}", text)
    elif wanted.pattern is not None and not wanted.pattern.fullmatch(text):
        reading.add(Rule.SHAPE, f"{name} to look like {wanted.pattern.pattern}", text)
    else:
        reading.texts[wanted.name] = text


def _check_unknown(reading: Reading, name: str, value: Mapping[str, Any]) -> None:
    """An attribute beyond the specification may be there, but money in it is still money."""
    must_be_whole = name.endswith("_minor") or "N" in value
    if must_be_whole and not WHOLE_NUMBER.fullmatch(str(value.get("N"))):
        reading.add(Rule.I4, f"{shown(name)} to be a whole number", _described(value))
    elif not USED_TYPES & value.keys():
        used = ", ".join(sorted(USED_TYPES))
        reading.add(Rule.SHAPE, f"{shown(name)} of a type among {used}", _described(value))


def _described(value: Mapping[str, Any]) -> str:
    for type_, inside in value.items():
        return f"type {type_}: {shown(inside)}"
    return "nothing"
