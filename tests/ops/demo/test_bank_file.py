"""What the demo says of its file is so: held against an oracle that knows neither."""

from dataclasses import replace

import pytest

from oncepay.domain.settlement import BreakKind
from ops.demo.bank_file import NOBODY, SPOILED, THIS_RUN, BankFile, Line, make_seeds, write_file
from tests.settlements.oracle import Expected, expect
from tests.settlements.world import World, WorldPayment, WorldRefund

TIME = "2026-11-21T10:00:00Z"
EARLY_RUN = "set_early"


def a_payment(number: int, **overrides: object) -> Line:
    amount_minor = 1_000 + 37 * number
    line = Line(
        type="payment",
        payment_id=f"pay_{number}",
        amount_minor=amount_minor,
        fee_minor=amount_minor // 50,
        occurred_at=TIME,
    )
    return replace(line, **overrides)  # type: ignore[arg-type]


def a_refund_of(payment: Line) -> Line:
    return replace(payment, type="refund", amount_minor=payment.amount_minor // 2, fee_minor=0)


SPOILED_LINES = [a_payment(number) for number in range(SPOILED)]
SOUND = [a_payment(number) for number in range(100, 160)]
DECLINED = [a_payment(number) for number in (200, 201)]
EARLY = [a_payment(number) for number in (300, 301, 302)]
REFUNDED = a_payment(400)
REFUND = a_refund_of(REFUNDED)


def the_file() -> BankFile:
    seeds = make_seeds(
        spoiled=SPOILED_LINES,
        sound=SOUND,
        declined=DECLINED,
        refund=REFUND,
        settled=EARLY,
        settled_by=EARLY_RUN,
    )
    return write_file([*SOUND[:20], REFUNDED, REFUND, *SOUND[20:]], seeds)


def the_world() -> World:
    def known(line: Line, *, status: str = "succeeded", run: str | None = None) -> WorldPayment:
        return WorldPayment(
            id=line.payment_id,
            merchant_id="mer_1",
            amount_minor=line.amount_minor,
            fee_basis_points=200,
            fee_minor=line.fee_minor,
            currency=line.currency,
            status=status,
            created_at=TIME,
            settlement_id=run,
        )

    payments = [known(line) for line in [*SPOILED_LINES, *SOUND]]
    payments += [known(line, status="declined") for line in DECLINED]
    payments += [known(line, run=EARLY_RUN) for line in EARLY]
    refund = WorldRefund(id="re_1", amount_minor=REFUND.amount_minor, created_at=TIME)
    payments.append(replace(known(REFUNDED), refunds=(refund,)))
    return {payment.id: payment for payment in payments}


@pytest.fixture(scope="module")
def oracle() -> Expected:
    return expect(the_world(), the_file().content)


def test_planted__rows_and_kinds__are_the_oracles(oracle: Expected) -> None:
    assert [(one.row, one.kind) for one in the_file().planted] == oracle.breaks


def test_planted__payments__are_the_oracles(oracle: Expected) -> None:
    planted = {one.row: one.payment_id for one in the_file().planted}
    assert planted == {o.row: o.payment_id for o in oracle.rows if o.kind is not None}


def test_planted__what_differs__is_the_oracles(oracle: Expected) -> None:
    differing = {
        outcome.row: ({outcome.difference[0]: outcome.difference[1]},
                      {outcome.difference[0]: outcome.difference[2]})
        for outcome in oracle.rows if outcome.difference is not None
    }  # fmt: skip
    told = {
        one.row: (one.expected, one.found) for one in the_file().planted if one.row in differing
    }
    assert told == differing
    # Amounts, fees and currencies.
    assert len(differing) == 3 + 3 + 2


def test_planted__rejected__names_the_line_the_oracle_has(oracle: Expected) -> None:
    lines = {o.row: o.line for o in oracle.rows if o.kind == "rejected_row"}
    rejected = [one for one in the_file().planted if one.kind == "rejected_row"]
    assert {one.row: one.found["line"] for one in rejected} == lines
    assert len({one.found.get("column") for one in rejected}) == 6


def test_planted__every_kind_there_is__is_among_them() -> None:
    # Our own format knows of no payouts.
    kinds = {kind.value for kind in BreakKind} - {"payout_total_mismatch"}
    assert set(the_file().breaks_by_kind) == kinds


def test_file__rows_and_sums__are_the_oracles(oracle: Expected) -> None:
    file = the_file()
    assert file.rows == len(oracle.rows)
    assert file.sums == oracle.sums


def test_file__settled_before__names_that_run_and_this_one() -> None:
    settled = [one for one in the_file().planted if one.kind == "already_settled"]
    assert [(one.expected, one.found) for one in settled] == [
        ({"settlement_id": EARLY_RUN}, {"settlement_id": THIS_RUN})
    ] * 3


def test_file__written_twice__is_the_same() -> None:
    assert the_file() == the_file()


def test_file__without_seeds__is_its_rows() -> None:
    file = write_file([a_payment(1), a_refund_of(a_payment(2))])
    assert file.content.decode().splitlines() == [
        "row_id,type,payment_id,amount_minor,fee_minor,currency,occurred_at",
        f"r1,payment,pay_1,1037,20,USD,{TIME}",
        f"r2,refund,pay_2,537,0,USD,{TIME}",
    ]
    assert (file.rows, file.planted) == (2, ())
    assert file.sums == {"USD": {"gross_minor": 500, "fee_minor": 20, "net_minor": 480}}


def test_file__nobody__is_in_no_books() -> None:
    assert NOBODY not in the_world()
