"""What do the rows of a file do to the books? Each row ends in one bucket: it is matched, or it is
a break, of the first kind that applies.

Accounts, in minor units: `external:<processor>` is what the processor owes us, below zero; `costs`
what it has kept, below zero; `suspense` what nobody could explain yet.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.settlements.formats.books import (
    OPERATOR,
    Booked,
    Books,
    Bucket,
    FileOf,
    Identity,
    Judged,
    Moves,
)
from tests.settlements.formats.said import Row, Said, Unreadable
from tests.settlements.world import WorldDispute, WorldPayment, WorldRefund


@dataclass(frozen=True, slots=True)
class _Verdict:
    """Of one row: the kind of break or None, what it settles, and what a match moves."""

    kind: str | None
    settles: str | None = None
    moves: Moves = field(default_factory=dict)
    correction: Moves | None = None


def judge(rows: Iterable[Row], books: Books, file: FileOf) -> Judged:
    """Judge the rows of a file, in order; the books are changed."""
    judged = Judged()
    for row in rows:
        if isinstance(row, Unreadable):
            judged.buckets.append(Bucket(row.number, "rejected_row"))
            continue
        _Judge(books, judged, file).take(row)
    return judged


class _Judge:
    """Of one row."""

    def __init__(self, books: Books, judged: Judged, file: FileOf) -> None:
        self.books, self.judged, self.file_id = books, judged, file.id
        self.processor, self.tolerance = file.processor, file.tolerance
        self.charges_whole = file.charges_whole

    def take(self, row: Said) -> None:
        """Find its bucket, and keep the books."""
        payment = self._payment(row)
        is_known = payment is not None and self.processor in {None, payment.processor}
        is_alone = row.kind in {"fee", "other", "payout", "payout_returned"}
        owner = OPERATOR
        if payment is not None and is_known and not is_alone:
            owner = payment.merchant_id
        verdict = self._judge(row, payment if is_known else None)
        identity = self._identity(row)
        before = self.books.booked.get(identity)
        if verdict.kind is None and verdict.settles is None and before is not None:
            verdict = self._again(row, before)
        counted = 0 if row.kind == "payout" else row.gross
        if verdict.kind is None:
            self.judged.matched[row.currency] += counted
            for account, moved in verdict.moves.items():
                self.judged.changes[owner, row.currency, account] += moved
            if verdict.settles is not None:
                self.books.settled[verdict.settles] = self.file_id
            else:
                self.books.booked[identity] = Booked(self.file_id, row.gross, row.cost)
        else:
            self.judged.broken[row.currency] += counted
        right = verdict.correction
        self.judged.buckets.append(
            Bucket(
                row.number,
                verdict.kind,
                payment.id if payment is not None and not is_alone else row.payment_id,
                verdict.settles if verdict.kind is None else None,
                None if right is None else (owner, {a: n for a, n in right.items() if n}),
            )
        )

    def _payment(self, row: Said) -> WorldPayment | None:
        """By our id, else by what the processor calls the charge or the refund."""
        world = self.books.world
        if row.payment_id in world:
            return world[row.payment_id or ""]
        for name in (row.reference, row.own_reference):
            for payment in world.values():
                names = {payment.reference, *(refund.reference for refund in payment.refunds)}
                if name and payment.processor == self.processor and name in names:
                    return payment
        return None

    def _identity(self, row: Said) -> Identity:
        name = row.own_reference or row.row_id
        return (
            self.processor,
            row.kind,
            row.currency,
            name,
            row.reference,
            row.payment_id,
            row.at,
        )

    def _again(self, row: Said, before: Booked) -> _Verdict:
        if (before.gross, before.cost) != (row.gross, row.cost):
            return _Verdict("amount_mismatch")
        return _Verdict("duplicate_row" if before.by == self.file_id else "already_settled")

    def _judge(self, row: Said, payment: WorldPayment | None) -> _Verdict:
        match row.kind:
            case "fee":
                return _Verdict(None, moves=self._kept(-(row.gross - row.cost)))
            case "other":
                return _Verdict(None, moves=self._suspended(row))
            case "payout" | "payout_returned":
                return self._payout(row)
        if payment is None:
            return _Verdict("missing_in_ledger", correction=self._suspended(row))
        self.processor = payment.processor
        match row.kind:
            case "payment":
                return self._captured(row, payment)
            case "refund" | "refund_failed":
                return self._refund(row, payment)
            case _:
                return self._dispute(row, payment)

    def _payout(self, row: Said) -> _Verdict:
        paid = self.books.paid.get(row.own_reference or "")
        # One that came back is told of by no event.
        is_told = paid is not None and row.gross < 0 and row.kind == "payout"
        is_off = is_told and abs(-row.gross - (paid or 0)) > self.tolerance
        at_bank = paid if paid is not None and is_off else -row.gross
        moves = _sum({"external:bank": -at_bank, self._holder: at_bank}, self._kept(row.cost))
        if is_off:
            return _Verdict("payout_total_mismatch", correction=moves)
        return _Verdict(None, moves=moves)

    def _captured(self, row: Said, payment: WorldPayment) -> _Verdict:
        taken = payment.captured_minor
        if not taken:
            taken = payment.amount_minor
        share = 0 if payment.id in self.books.settled else payment.pending_minor
        released = payment.amount_minor - (payment.captured_minor or 0)
        is_release = self.charges_whole and row.gross == -released < 0
        if row.gross < 0 and not is_release:
            # Money that was taken back, and nobody says why.
            return _Verdict("amount_mismatch", correction=self._suspended(row))
        if self.charges_whole and released:
            part = self._part(row, payment, share, is_release=is_release)
            if part is not None:
                return part
        return self._compare(
            row,
            expected=taken,
            fee=payment.fee_minor,
            currency=payment.currency,
            is_right=payment.status == "succeeded",
            settles=payment.id,
            share=share,
        )

    def _part(
        self, row: Said, payment: WorldPayment, share: int, *, is_release: bool
    ) -> _Verdict | None:
        """Of a charge that was captured in part: the whole of it, or what was released; together
        they are what was captured. Neither is a difference, and each is unexplained without the
        other.
        """
        if payment.status != "succeeded" or row.currency != payment.currency:
            return None
        whole = payment.amount_minor
        unexplained = {self._holder: -whole, "suspense": whole}
        if row.gross == whole:
            return _Verdict(None, moves=_sum(unexplained, self._kept(row.cost)))
        if not is_release:
            return None
        by = self.books.settled.get(payment.id)
        if by is not None:
            return self._told_before(row, by)
        share_moves = {"pending": -share, "available": share}
        explained = {account: -moved for account, moved in unexplained.items()}
        return _Verdict(None, payment.id, _sum(share_moves, explained, self._kept(row.cost)))

    def _refund(self, row: Said, payment: WorldPayment) -> _Verdict:
        came_back = row.kind == "refund_failed"
        wanted = "failed" if came_back else "succeeded"
        refund = self._which_refund(row, payment.refunds, wanted)
        if refund is None:
            return _Verdict("orphan_refund", correction=self._suspended(row))
        # What the processor itself names did leave it, even if it came back since.
        did_leave = bool(row.own_reference) and refund.reference == row.own_reference
        return self._compare(
            row,
            expected=refund.amount_minor if came_back else -refund.amount_minor,
            fee=0,
            currency=payment.currency,
            is_right=refund.status == wanted or (did_leave and refund.status == "failed"),
            settles=None if came_back else refund.id,
        )

    def _dispute(self, row: Said, payment: WorldPayment) -> _Verdict:
        came_back = row.kind == "dispute_won"
        dispute = self._which_dispute(row, payment.disputes, came_back)
        if dispute is None:
            return _Verdict("missing_in_ledger", correction=self._suspended(row))
        return self._compare(
            row,
            expected=dispute.amount_minor if came_back else -dispute.amount_minor,
            fee=0,
            currency=payment.currency,
            is_right=not came_back or dispute.status == "won",
            settles=None,
        )

    def _compare(
        self,
        row: Said,
        *,
        expected: int,
        fee: int,
        currency: str,
        is_right: bool,
        settles: str | None,
        share: int = 0,
    ) -> _Verdict:
        off = row.gross - expected
        within = off if abs(off) <= self.tolerance else 0
        moves = _sum({"pending": -share, "available": share}, self._kept(row.cost - within))
        if off != within:
            right = _sum(moves, {self._holder: -off, "suspense": off})
            can_be = is_right and row.currency == currency
            return _Verdict("amount_mismatch", correction=right if can_be else None)
        if row.fee is not None and row.fee != fee:
            return _Verdict("fee_mismatch", correction=moves)
        if row.currency != currency:
            return _Verdict("currency_mismatch")
        if not is_right:
            return _Verdict("status_mismatch", correction=self._suspended(row))
        by = self.books.settled.get(settles or "")
        if by is not None:
            return self._told_before(row, by)
        return _Verdict(None, settles, moves)

    def _told_before(self, row: Said, by: str) -> _Verdict:
        if by == self.file_id:
            return _Verdict("duplicate_row", correction=self._suspended(row))
        # Told again by another file: to book it would be to book it twice.
        return _Verdict("already_settled")

    def _which_refund(
        self, row: Said, refunds: Sequence[WorldRefund], wanted: str
    ) -> WorldRefund | None:
        """The one that is named; else the n-th of the amount, of those that can be meant."""
        oldest_first = sorted(refunds, key=lambda refund: refund.created_at)
        for refund in oldest_first:
            if row.own_reference and refund.reference == row.own_reference:
                return refund
        settled = self.books.settled
        equal = self._of_amount(row, oldest_first)
        ranks = [
            [r for r in equal if r.id not in settled and r.status == "succeeded"],
            [r for r in equal if r.id not in settled],
            [r for r in equal if settled.get(r.id) == self.file_id],
            equal,
            [r for r in oldest_first if r.id not in settled],
        ]
        if wanted == "failed":
            # It may have been settled before it came back.
            ranks.insert(0, [r for r in equal if r.status == wanted])
        return next((rank[0] for rank in ranks if rank), None)

    def _which_dispute(
        self, row: Said, disputes: Sequence[WorldDispute], came_back: bool
    ) -> WorldDispute | None:
        oldest_first = sorted(disputes, key=lambda dispute: dispute.created_at)
        named = [d for d in oldest_first if d.reference == row.own_reference]
        equal = self._of_amount(row, oldest_first)
        won = [d for d in equal if came_back and d.status == "won"]
        return next(iter([*named, *won, *equal, *oldest_first]), None)

    def _of_amount[T: (WorldRefund, WorldDispute)](self, row: Said, some: Sequence[T]) -> list[T]:
        """Those of the row's amount, or so near to it as may be, the nearest first."""
        most = self.tolerance
        near = [one for one in some if abs(one.amount_minor - abs(row.gross)) <= most]
        return sorted(near, key=lambda one: abs(one.amount_minor - abs(row.gross)))

    @property
    def _holder(self) -> str:
        return f"external:{self.processor or 'bank'}"

    def _kept(self, cost: int) -> Moves:
        """By the processor, of what it owes us."""
        return {"costs": -cost, self._holder: cost}

    def _suspended(self, row: Said) -> Moves:
        """The money is there, and nobody knows what for."""
        return _sum({self._holder: -row.gross, "suspense": row.gross}, self._kept(row.cost))


def _sum(*parts: Moves) -> Moves:
    total: Moves = {}
    for part in parts:
        for account, moved in part.items():
            total[account] = total.get(account, 0) + moved
    return total
