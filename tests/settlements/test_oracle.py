"""The oracle, held against outcomes that were worked out by hand."""

import pytest

from tests.settlements.hazards import HAZARDS, HEADER, unreadable, wrong_files
from tests.settlements.oracle import Expected, expect
from tests.settlements.world import WorldPayment, WorldRefund, settle

TIME = "2026-11-20T10:00:00Z"


def payment(letter: str, **changes: object) -> WorldPayment:
    values: dict[str, object] = {
        "id": f"pay_{letter}",
        "merchant_id": "mer_m",
        "amount_minor": 5_000,
        "fee_basis_points": 200,
        "fee_minor": 100,
        "currency": "USD",
        "status": "succeeded",
        "created_at": TIME,
    }
    return WorldPayment(**(values | changes))  # type: ignore[arg-type]


def refund(
    letter: str, amount_minor: int, *, minute: int = 0, by: str | None = None
) -> WorldRefund:
    return WorldRefund(
        id=f"re_{letter}",
        amount_minor=amount_minor,
        created_at=f"2026-11-20T11:{minute:02}:00.000000Z",
        settlement_id=by,
    )


def outcome(rows: list[str], *payments: WorldPayment) -> Expected:
    world = {one.id: one for one in payments}
    return expect(world, "\n".join([HEADER, *rows]).encode())


def kinds(rows: list[str], *payments: WorldPayment) -> list[str | None]:
    return [one.kind for one in outcome(rows, *payments).rows]


def test_worked_example__of_the_contract() -> None:
    rows = [
        f"r1,payment,pay_A,5000,100,USD,{TIME}",
        f"r2,payment,pay_B,5007,100,USD,{TIME}",
        f"r3,payment,pay_C,5000,90,USD,{TIME}",
        f"r4,payment,pay_A,5000,100,USD,{TIME}",
        f"r5,payment,pay_nobody,5000,100,USD,{TIME}",
        f"r6,payment,pay_A,12.50,100,USD,{TIME}",
    ]
    found = outcome(rows, payment("A"), payment("B"), payment("C"))
    assert found.status == "completed"
    assert found.breaks == [
        (2, "amount_mismatch"),
        (3, "fee_mismatch"),
        (4, "duplicate_row"),
        (5, "missing_in_ledger"),
        (6, "rejected_row"),
    ]
    assert found.counts == {"rows": 6, "matched": 1, "breaks": 5, "rejected": 1}
    assert found.breaks_by_kind == dict.fromkeys((kind for _, kind in found.breaks), 1)
    assert found.sums == {"USD": {"gross_minor": 25_007, "fee_minor": 490, "net_minor": 24_517}}
    assert (found.payments, found.refunds) == ({"pay_A": 1}, {})


@pytest.mark.parametrize(
    ("row", "changes", "kind"),
    [
        ("5000,100,USD", {}, None),
        ("5001,90,EUR", {"status": "declined", "settlement_id": "set_x"}, "amount_mismatch"),
        ("5000,90,EUR", {"status": "declined", "settlement_id": "set_x"}, "fee_mismatch"),
        ("5000,100,EUR", {"status": "declined", "settlement_id": "set_x"}, "currency_mismatch"),
        ("5000,100,USD", {"status": "declined", "settlement_id": "set_x"}, "status_mismatch"),
        ("5000,100,USD", {"settlement_id": "set_x"}, "already_settled"),
        ("005000,0100,USD", {}, None),
    ],
)
def test_payment_row__ends_in_the_first_kind_that_applies(
    row: str, changes: dict[str, object], kind: str | None
) -> None:
    assert kinds([f"r1,payment,pay_A,{row},{TIME}"], payment("A", **changes)) == [kind]


@pytest.mark.parametrize(
    ("rows", "refunds", "expected"),
    [
        (["700,0,USD"], [], ["orphan_refund"]),
        (["700,3,EUR"], [], ["orphan_refund"]),
        (["700,0,USD"], [refund("a", 700)], [None]),
        (["700,1,EUR"], [refund("a", 700)], ["fee_mismatch"]),
        (["700,0,EUR"], [refund("a", 700)], ["currency_mismatch"]),
        (["701,0,USD"], [refund("a", 700)], ["amount_mismatch"]),
        (["700,0,USD"] * 2, [refund("a", 700)], [None, "duplicate_row"]),
        (["700,0,USD", "701,0,USD"], [refund("a", 700)], [None, "orphan_refund"]),
        (["700,0,USD", "700,1,USD"], [refund("a", 700)], [None, "fee_mismatch"]),
        (["700,0,USD", "700,0,EUR"], [refund("a", 700)], [None, "currency_mismatch"]),
        (
            ["700,0,USD"] * 3,
            [refund("a", 700), refund("b", 700, minute=1)],
            [None, None, "duplicate_row"],
        ),
        (
            ["700,0,USD", "700,0,USD", "900,0,USD"],
            [refund("a", 700), refund("b", 900)],
            [None, "duplicate_row", None],
        ),
        (["700,0,USD"], [refund("a", 700, by="set_x")], ["already_settled"]),
        (["700,1,USD"], [refund("a", 700, by="set_x")], ["fee_mismatch"]),
        (["701,0,USD"], [refund("a", 700, by="set_x")], ["orphan_refund"]),
        (
            ["700,0,USD", "700,0,USD"],
            [refund("a", 700, by="set_x"), refund("b", 700)],
            [None, "duplicate_row"],
        ),
        (
            ["700,0,USD"],
            [refund("a", 700, by="set_x"), refund("b", 900)],
            ["already_settled"],
        ),
    ],
)
def test_refund_rows__end_in(
    rows: list[str], refunds: list[WorldRefund], expected: list[str | None]
) -> None:
    lines = [f"r{i},refund,pay_A,{row},{TIME}" for i, row in enumerate(rows)]
    assert kinds(lines, payment("A", refunds=tuple(refunds))) == expected


def test_equal_refunds__told_once__settle_the_oldest() -> None:
    refunds = (refund("new", 700, minute=2), refund("old", 700, minute=1))
    found = outcome([f"r1,refund,pay_A,700,0,USD,{TIME}"], payment("A", refunds=refunds))
    assert found.refunds == {"re_old": 1}


def test_sums__of_several_currencies__count_broken_rows_and_no_rejected_ones() -> None:
    rows = [
        f"r1,payment,pay_A,5000,100,USD,{TIME}",
        f"r2,refund,pay_A,700,0,USD,{TIME}",
        f"r3,payment,pay_nobody,80,2,JPY,{TIME}",
        f"r4,payment,pay_A,-1,2,JPY,{TIME}",
    ]
    assert outcome(rows, payment("A")).sums == {
        "USD": {"gross_minor": 4_300, "fee_minor": 100, "net_minor": 4_200},
        "JPY": {"gross_minor": 80, "fee_minor": 2, "net_minor": 78},
    }


@pytest.mark.parametrize("hazard", HAZARDS)
def test_hazard__between_two_good_rows__is_rejected_alone(hazard: str) -> None:
    fields = ["r2", "payment", "pay_B", "5000", "100", "USD", TIME]
    rows = [
        f"r1,payment,pay_A,5000,100,USD,{TIME}",
        unreadable(hazard, fields),
        f"r3,payment,pay_C,5000,100,USD,{TIME}",
    ]
    world = (payment("A"), payment("B"), payment("C"))
    assert kinds([rows[0], ",".join(fields), rows[2]], *world) == [None, None, None]
    assert kinds(rows, *world) == [None, "rejected_row", None]


def test_row_numbers__count_no_empty_lines__and_records_not_lines() -> None:
    rows = [
        "",
        '"r\n1",payment,pay_A,5000,100,USD,' + TIME,
        "",
        f"r2,payment,pay_B,5000,100,USD,{TIME}",
    ]
    found = outcome(rows, payment("A"))
    assert [(one.row, one.line, one.kind) for one in found.rows] == [
        (1, 3, "rejected_row"),
        (2, 6, "missing_in_ledger"),
    ]


GOOD = f"{HEADER}\nr1,payment,pay_A,5000,100,USD,{TIME}\n".encode()


@pytest.mark.parametrize("name", wrong_files(GOOD))
def test_file__wrong_as_a_whole__is_quarantined_and_settles_nothing(name: str) -> None:
    found = expect({"pay_A": payment("A")}, wrong_files(GOOD)[name])
    assert (found.status, found.rows, found.sums, found.payments) == ("quarantined", [], {}, {})


def test_file__right_as_a_whole__settles() -> None:
    assert expect({"pay_A": payment("A")}, GOOD).payments == {"pay_A": 1}
    assert expect({"pay_A": payment("A")}, b"\xef\xbb\xbf" + GOOD).payments == {"pay_A": 1}


def test_file__of_a_header_only__is_completed_with_no_rows() -> None:
    found = expect({}, HEADER.encode())
    assert (found.status, found.counts["rows"], found.sums) == ("completed", 0, {})


def test_world__after_a_file__makes_the_same_rows_already_settled() -> None:
    world = {"pay_A": payment("A", refunds=(refund("a", 700),))}
    content = f"{GOOD.decode()}r2,refund,pay_A,700,0,USD,{TIME}\n".encode()
    first = expect(world, content)
    after = settle(world, payments=first.payments, refunds=first.refunds, settlement_id="set_1")
    assert expect(after, content).breaks == [(1, "already_settled"), (2, "already_settled")]
