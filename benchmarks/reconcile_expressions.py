"""What do the expressions mean that the reconcile function sends? Conditions and updates of
DynamoDB, as far as they are used there; anything else is refused.

Each text is read once: a function sends the same few ones a million times.
"""

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

type Item = dict[str, Any]
type Names = Mapping[str, str]
type Values = Mapping[str, Any]
type Test = Callable[[Item, Names, Values], bool]
type Change = Callable[[Item, Names, Values], None]

_TOKEN = re.compile(r"\s*([#:][A-Za-z0-9_]+|[A-Za-z_]+|[(),]|<=|>=|=|<|>)")
_CLAUSE = re.compile(r"(SET|REMOVE|ADD) (.*?)(?= SET | REMOVE | ADD |$)")
_ABSENT: Mapping[str, str] = {}


class NotUnderstoodError(Exception):
    """An expression of a kind that is not known here."""


@functools.cache
def condition(text: str) -> Test:
    """Whether a condition holds for an item; of one that is not there, the item is empty.

    Raises:
        NotUnderstoodError: at something that the function has not sent so far.
    """
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s", "", text):
        raise NotUnderstoodError(text)
    test, rest = _either(tokens)
    if rest:
        raise NotUnderstoodError(text)
    return test


@functools.cache
def update(text: str) -> Change:
    """What an update does to an item.

    Raises:
        NotUnderstoodError: at something that the function has not sent so far.
    """
    clauses = _CLAUSE.findall(text)
    if not clauses or " ".join(f"{word} {listed}" for word, listed in clauses) != text:
        raise NotUnderstoodError(text)
    changes = [_change(word, one.split()) for word, listed in clauses for one in listed.split(", ")]

    def apply(item: Item, names: Names, values: Values) -> None:
        for change in changes:
            change(item, names, values)

    return apply


def _change(word: str, words: list[str]) -> Change:
    match word, words:
        case "SET", [name, "=", value] if value.startswith(":"):

            def change(item: Item, names: Names, values: Values) -> None:
                item[names[name]] = values[value]

        case "REMOVE", [name]:

            def change(item: Item, names: Names, values: Values) -> None:
                item.pop(names[name], None)

        case "ADD", [name, value]:

            def change(item: Item, names: Names, values: Values) -> None:
                before = item.get(names[name], {"N": "0"})
                item[names[name]] = {"N": str(int(before["N"]) + int(values[value]["N"]))}

        case _:
            raise NotUnderstoodError(f"{word} {' '.join(words)}")
    return change


def _either(tokens: list[str]) -> tuple[Test, list[str]]:
    test, rest = _both(tokens)
    while rest[:1] == ["OR"]:
        other, rest = _both(rest[1:])
        test = _joined(any, test, other)
    return test, rest


def _both(tokens: list[str]) -> tuple[Test, list[str]]:
    test, rest = _one(tokens)
    while rest[:1] == ["AND"]:
        other, rest = _one(rest[1:])
        test = _joined(all, test, other)
    return test, rest


def _joined(how: Callable[[list[bool]], bool], *tests: Test) -> Test:
    return lambda item, names, values: how([test(item, names, values) for test in tests])


def _one(tokens: list[str]) -> tuple[Test, list[str]]:
    match tokens:
        case ["(", *inner]:
            test, rest = _either(inner)
            if rest[:1] != [")"]:
                raise NotUnderstoodError(" ".join(tokens))
            return test, rest[1:]
        case ["attribute_not_exists", "(", name, ")", *rest]:
            return (lambda item, names, values: names[name] not in item), rest
        case ["attribute_exists", "(", name, ")", *rest]:
            return (lambda item, names, values: names[name] in item), rest
        case ["begins_with", "(", name, ",", value, ")", *rest]:
            return _begins(name, value), rest
        case [name, "BETWEEN", low, "AND", high, *rest]:
            return _between(name, low, high), rest
        case [name, "=", value, *rest]:
            return (
                lambda item, names, values: item.get(names[name], _ABSENT) == values[value]
            ), rest
    raise NotUnderstoodError(" ".join(tokens))


def _begins(name: str, value: str) -> Test:
    return lambda item, names, values: str(item.get(names[name], _ABSENT).get("S", "")).startswith(
        values[value]["S"]
    )


def _between(name: str, low: str, high: str) -> Test:
    return lambda item, names, values: (
        values[low]["S"] <= item.get(names[name], _ABSENT).get("S", "") <= values[high]["S"]
    )
