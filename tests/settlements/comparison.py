"""Where does what was booked differ from what must come out? Each difference is one line."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from tests.settlements.oracle import Expected
from tests.settlements.world import World
from tests.settlements.world_writer import payment_items

MOST_TOLD: Final = 20
"""Of each sort of difference: one mistake in the code can be 100,000 differences."""

_MAY_CHANGE: Final = frozenset({"settlement_id", "settled_at", "updated_at", "version"})

type Item = Mapping[str, Any]


def differences(
    world: World,
    expected: Expected,
    *,
    run: Mapping[str, Any],
    breaks: Sequence[Mapping[str, Any]],
    items: Iterable[Item],
) -> list[str]:
    """Everything in which a completed run is not what the oracle says.

    Args:
        world: as it was before the file.
        expected: by the oracle.
        run: as the API tells it.
        breaks: as the API tells them.
        items: of the table Payments, raw; others than the world's are not looked at.
    """
    return [
        *_of_run(expected, run),
        *_few(_of_breaks(expected, breaks)),
        *_few(_of_items(world, expected, run, items)),
    ]


def _of_run(expected: Expected, run: Mapping[str, Any]) -> list[str]:
    wanted = {
        "status": expected.status,
        "counts": expected.counts,
        "sums": expected.sums,
        "breaks_by_kind": expected.breaks_by_kind,
        "progress": {"rows": expected.counts["rows"], "percent": 100},
        "duplicate_of": None,
        "reason": None,
    }
    found = {name: run[name] for name in wanted}
    # How fast it went is nobody's to say beforehand.
    found["progress"] = {name: run["progress"][name] for name in ("rows", "percent")}
    found["breaks_by_kind"] = {kind: n for kind, n in run["breaks_by_kind"].items() if n}
    return [
        f"run: {name} is {found[name]}, not {wanted[name]}"
        for name in wanted
        if found[name] != wanted[name]
    ] + ([] if run["completed_at"] else ["run: completed_at is missing"])


def _of_breaks(expected: Expected, breaks: Sequence[Mapping[str, Any]]) -> list[str]:
    told = []
    wanted, found = Counter(expected.breaks), Counter((b["row"], b["kind"]) for b in breaks)
    told += [f"row {row}: no break {kind}" for row, kind in sorted((wanted - found).elements())]
    told += [f"row {row}: a break {kind}" for row, kind in sorted((found - wanted).elements())]
    by_row = {outcome.row: outcome for outcome in expected.rows}
    if len({one["id"] for one in breaks}) != len(breaks):
        told.append("two breaks have one id")
    for one in breaks:
        outcome = by_row.get(one["row"])
        if outcome is None or outcome.kind != one["kind"]:
            continue
        place = f"row {one['row']}, {one['kind']}"
        if one["status"] != "open":
            told.append(f"{place}: its status is {one['status']}")
        is_of_payment = one["kind"] not in {"rejected_row", "missing_in_ledger"}
        if is_of_payment and one["payment_id"] != outcome.payment_id:
            told.append(f"{place}: its payment_id is {one['payment_id']}")
        if outcome.difference is not None:
            field, ours, theirs = outcome.difference
            if (one["expected"].get(field), one["found"].get(field)) != (ours, theirs):
                told.append(
                    f"{place}: {field} is {ours} in the books and {theirs} in the row: {one}"
                )
        if one["kind"] == "rejected_row":
            if one["found"].get("line") != outcome.line:
                told.append(f"{place}: the line is {one['found'].get('line')}, not {outcome.line}")
            if not one["expected"].get("rule"):
                told.append(f"{place}: no rule is told")
    return told


def _of_items(
    world: World, expected: Expected, run: Mapping[str, Any], items: Iterable[Item]
) -> list[str]:
    wanted = {
        (item["id"]["S"], item["part"]["S"]): item
        for payment in world.values()
        for item in payment_items(payment)
    }
    settled = {(payment_id, "payment") for payment_id in expected.payments}
    settled |= {
        (payment.id, f"refund#{refund.id}")
        for payment in world.values()
        for refund in payment.refunds
        if refund.id in expected.refunds
    }
    told, seen = [], set()
    for item in items:
        key = (item["id"]["S"], item["part"]["S"])
        if key not in wanted:
            continue
        seen.add(key)
        told += [
            f"{' '.join(key)}: {said}"
            for said in _of_item(wanted[key], item, run, is_settled=key in settled)
        ]
    return told + [f"{' '.join(key)}: is gone" for key in sorted(wanted.keys() - seen)]


def _of_item(before: Item, after: Item, run: Mapping[str, Any], *, is_settled: bool) -> list[str]:
    if not is_settled:
        return [] if after == before else [f"was changed, from {before} to {after}"]
    told = []
    if {k: v for k, v in after.items() if k not in _MAY_CHANGE} != {
        k: v for k, v in before.items() if k not in _MAY_CHANGE
    }:
        told.append(f"more than its mark was changed, from {before} to {after}")
    if after.get("settlement_id") != {"S": run["id"]}:
        told.append(f"settlement_id is {after.get('settlement_id')}, not {run['id']}")
    settled_at = after.get("settled_at", {}).get("S", "")
    if not run["started_at"] <= settled_at <= run["completed_at"]:
        told.append(
            f"settled_at is {settled_at!r}, not in {run['started_at']}..{run['completed_at']}"
        )
    if int(after["version"]["N"]) != int(before["version"]["N"]) + 1:
        told.append(f"version is {after['version']['N']}, after {before['version']['N']}")
    return told


def _few(told: list[str]) -> list[str]:
    if len(told) <= MOST_TOLD:
        return told
    return [*told[:MOST_TOLD], f"... and {len(told) - MOST_TOLD} more of these"]
