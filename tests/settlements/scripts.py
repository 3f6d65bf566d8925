"""What may happen to one payment in one file? Little stories: its rows in order, each with the
bucket that it must end in.

A script owns the payment that it is about, so that stories can be interleaved in any way as long as
each keeps its order. The buckets are written down here by what the story means, not computed.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from tests.settlements.writer import ELSEWHERE, Story, Writer, refund, right


def paid(write: Writer) -> Story:
    """The plain case."""
    payment = write.a_payment()
    return Story(payment, [right(payment)], settles_payment=True)


def told_twice(write: Writer) -> Story:
    """The same payment again, once or more, also after its amount was told wrong."""
    payment = write.a_payment()
    wrong = replace(
        right(payment, "amount_mismatch"), amount_minor=write.another_amount(payment.amount_minor)
    )
    again = right(payment, "duplicate_row")
    rows = write.chance.choice(
        [
            [right(payment), again],
            [right(payment), again, again, wrong],
            [wrong, wrong, right(payment), again],
        ]
    )
    return Story(payment, rows, settles_payment=True)


def wrong_amount(write: Writer) -> Story:
    """Amount first: whatever else is wrong, too."""
    payment = write.a_payment(status=write.chance.choice(["succeeded", "succeeded", "declined"]))
    row = replace(
        right(payment, "amount_mismatch"), amount_minor=write.another_amount(payment.amount_minor)
    )
    if write.chance.random() < 0.3:
        row = replace(row, fee_minor=row.fee_minor + 1, currency=write.another_currency(payment))
    return Story(payment, [row])


def wrong_fee(write: Writer) -> Story:
    """The fee before the currency."""
    payment = write.a_payment()
    row = replace(right(payment, "fee_mismatch"), fee_minor=write.another_amount(payment.fee_minor))
    if write.chance.random() < 0.3:
        row = replace(row, currency=write.another_currency(payment))
    if write.chance.random() < 0.3:
        return Story(payment, [row, right(payment)], settles_payment=True)
    return Story(payment, [row])


def wrong_currency(write: Writer) -> Story:
    """The currency before the status; once settled, a wrong row is wrong before it is again."""
    declined = write.chance.random() < 0.3
    payment = write.a_payment(status="declined" if declined else "succeeded")
    row = replace(right(payment, "currency_mismatch"), currency=write.another_currency(payment))
    if not declined and write.chance.random() < 0.3:
        return Story(payment, [right(payment), row], settles_payment=True)
    return Story(payment, [row])


def declined(write: Writer) -> Story:
    """Settled by them, declined by us: never settled, however often it is told."""
    payment = write.a_payment(status="declined")
    return Story(payment, [right(payment, "status_mismatch")] * write.chance.randint(1, 2))


def settled_before(write: Writer) -> Story:
    """Another file had it."""
    payment = write.a_payment(settled=True)
    return Story(payment, [right(payment, "already_settled")] * write.chance.randint(1, 2))


def unknown(write: Writer) -> Story:
    """Of no payment of ours: an unknown id, somebody else's form of id, an id in other letters."""
    known = write.a_payment(100)
    stranger = replace(
        known,
        id=write.chance.choice(
            [
                write.an_id("pay"),
                write.an_id("dep"),
                known.refunds[0].id,
                known.id.upper(),
                known.id[:-1],
                f"{known.id}/refund#{known.refunds[0].id}",
                "pay_nobody",
                "x" * 100,
                "0",
            ]
        ),
    )
    row = right(stranger, "missing_in_ledger")
    if write.chance.random() < 0.3:
        row = refund(stranger, 100, "missing_in_ledger")
    return Story(known, [row])


def refunded(write: Writer) -> Story:
    """A payment and its refunds, each told once; a refund may be told before its payment."""
    first, second = write.chance.randint(1, 5_000), write.chance.randint(5_001, 9_000)
    payment = write.a_payment(first, second)
    rows = [right(payment), refund(payment, second), refund(payment, first)]
    write.chance.shuffle(rows)
    return Story(payment, rows, True, [one.id for one in payment.refunds])


def equal_refunds(write: Writer) -> Story:
    """Three refunds of one amount, two of them told: the two oldest are settled, no third."""
    amount = write.chance.randint(1, 5_000)
    payment = write.a_payment(amount, amount, amount)
    told = write.chance.randint(1, 3)
    rows = [refund(payment, amount)] * told
    if told == 3:
        rows.append(refund(payment, amount, "duplicate_row"))
    return Story(payment, rows, False, [one.id for one in payment.refunds[:told]])


def refund_of_another_amount(write: Writer) -> Story:
    """A wrong amount is an orphan once no refund is open; a second telling is always a second."""
    first, second = write.chance.randint(1, 5_000), write.chance.randint(5_001, 9_000)
    payment = write.a_payment(first, second)
    other = write.another_amount(first, second)
    rows = [
        refund(payment, other, "amount_mismatch"),
        refund(payment, second),
        refund(payment, second, "duplicate_row"),
        refund(payment, first),
        refund(payment, second, "duplicate_row"),
        replace(refund(payment, second, "fee_mismatch"), fee_minor=3),
        refund(payment, other, "orphan_refund"),
    ]
    return Story(payment, rows, False, [one.id for one in payment.refunds])


def spoiled_refund(write: Writer) -> Story:
    """A refund row with a fee, or in another currency, and then perhaps the right one."""
    amount = write.chance.randint(1, 5_000)
    payment = write.a_payment(amount)
    row = refund(payment, amount, "currency_mismatch")
    row = replace(row, currency=write.another_currency(payment))
    if write.chance.random() < 0.5:
        row = replace(row, fee_minor=payment.fee_minor + 1, bucket="fee_mismatch")
    if write.chance.random() < 0.5:
        return Story(payment, [row])
    again = replace(row, currency=payment.currency, fee_minor=0, bucket="duplicate_row")
    return Story(payment, [row, refund(payment, amount), again], False, [payment.refunds[0].id])


def refund_settled_before(write: Writer) -> Story:
    """Another file had one refund: alone, beside an equal one, or beside another one."""
    amount = write.chance.randint(1, 5_000)
    payment = write.a_payment(amount, write.chance.choice([amount, amount + 11]))
    older, newer = payment.refunds
    older = replace(older, settlement_id=ELSEWHERE)
    if write.chance.random() < 0.4:
        payment = replace(payment, refunds=(older,))
        rows = [
            refund(payment, amount, "already_settled"),
            replace(refund(payment, amount, "fee_mismatch"), fee_minor=1),
            refund(payment, amount + 1, "orphan_refund"),
        ]
        return Story(payment, rows)
    payment = replace(payment, refunds=(newer, older))
    if newer.amount_minor == amount:
        rows = [refund(payment, amount), refund(payment, amount, "duplicate_row")]
    else:
        rows = [
            refund(payment, amount, "already_settled"),
            refund(payment, newer.amount_minor),
            refund(payment, amount, "already_settled"),
        ]
    return Story(payment, rows, False, [newer.id])


def orphan(write: Writer) -> Story:
    """A refund of a payment that has none, whatever its amount."""
    payment = write.a_payment(status=write.chance.choice(["succeeded", "succeeded", "declined"]))
    amount = write.chance.choice([payment.amount_minor, write.another_amount(0), 0])
    return Story(payment, [refund(payment, amount, "orphan_refund")])


BROKEN: Final[Sequence[Callable[[Writer], Story]]] = (
    told_twice,
    wrong_amount,
    wrong_fee,
    wrong_currency,
    declined,
    settled_before,
    unknown,
    equal_refunds,
    refund_of_another_amount,
    spoiled_refund,
    refund_settled_before,
    orphan,
)
"""Every story in which something goes wrong."""
