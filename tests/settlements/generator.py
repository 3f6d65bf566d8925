"""What file, against what world, with which breaks at which rows? All from one seed.

The generator knows the outcome of every row before anybody reads the file: `seeded` is written down
while the file is, by what each row means. Nothing is computed back from the file; the oracle does
that, and a test holds one against the other.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.settlements.hazards import CURRENCY, HAZARDS, HEADER, TYPE, unreadable
from tests.settlements.scripts import BROKEN, paid, refunded
from tests.settlements.world import WorldPayment
from tests.settlements.writer import Story, Writer, right

REJECTED: Final = "rejected_row"
_REFUNDED_SHARE: Final = 0.03
_BLANK_LINE_SHARE: Final = 0.003
_DRESSED_SHARE: Final = 0.05


@dataclass(slots=True)
class Case:
    """A world, a file, and what was seeded.

    Attributes:
        world: payments by id, as they are before the file comes.
        content: the file's bytes.
        seeded: (row, kind) of every break, in the file's order.
        row_count: how many data records there are.
        settled_payments: ids that the file settles.
        settled_refunds: ids that the file settles.
    """

    world: dict[str, WorldPayment] = field(default_factory=dict)
    content: bytes = b""
    seeded: list[tuple[int, str]] = field(default_factory=list)
    row_count: int = 0
    settled_payments: set[str] = field(default_factory=set)
    settled_refunds: set[str] = field(default_factory=set)


def generate(
    seed: int,
    *,
    rows: int,
    merchant_ids: Sequence[str],
    broken_share: float = 0.3,
    rejected_share: float = 0.1,
    payments: int = 0,
    newline: str = "\n",
    byte_order_mark: bool = False,
    names: str = "",
) -> Case:
    """A case of exactly so many rows.

    Args:
        seed: the same seed, the same case.
        rows: data records in the file.
        merchant_ids: whose payments they are.
        broken_share: of the stories, how many are not plain payments.
        rejected_share: of the rows, how many cannot be read.
        payments: at least so many are in the world; those that no row needs are not in the file.
        newline: ends each line.
        byte_order_mark: whether the file begins with one.
        names: with others, the same case has other ids, and can stand beside it in one table.
    """
    chance = random.Random(seed)
    write = Writer(chance, merchant_ids, names=random.Random(f"{seed} {names}"))
    case = Case()
    hazards = _hazards(chance, round(rows * rejected_share))
    stories = _stories(write, rows - len(hazards), broken_share)
    for story in stories:
        _remember(case, story)
    lines = _lines(case, write, stories, hazards)
    while len(case.world) < payments:
        _add(case, write.a_payment())
    mark = "\ufeff" if byte_order_mark else ""
    last = chance.choice(["", newline])
    case.content = (mark + newline.join([HEADER, *lines]) + last).encode()
    return case


def _hazards(chance: random.Random, count: int) -> list[str]:
    """Each as often as any other."""
    rounds = -(-count // len(HAZARDS))
    picked = list(HAZARDS) * rounds
    chance.shuffle(picked)
    return picked[:count]


def _stories(write: Writer, row_count: int, broken_share: float) -> list[Story]:
    """Stories of exactly so many rows together."""
    chance = write.chance
    stories: list[Story] = []
    left = row_count
    while left > 0:
        kind = chance.random()
        if kind < broken_share:
            story = chance.choice(BROKEN)(write)
        elif kind < broken_share + _REFUNDED_SHARE:
            story = refunded(write)
        else:
            story = paid(write)
        if len(story.rows) > left:
            continue
        stories.append(story)
        left -= len(story.rows)
    return stories


def _lines(
    case: Case, write: Writer, stories: Sequence[Story], hazards: Sequence[str]
) -> list[str]:
    """The rows of all stories and hazards in any order that keeps each story's own."""
    chance = write.chance
    turns: list[Story | str] = [*hazards]
    for story in stories:
        turns += [story] * len(story.rows)
    chance.shuffle(turns)
    told: dict[int, int] = {}
    lines: list[str] = []
    for row, turn in enumerate(turns, start=1):
        while chance.random() < _BLANK_LINE_SHARE:
            lines.append("")
        if isinstance(turn, str):
            payment = write.a_payment()
            _add(case, payment)
            lines.append(_rejected(write, turn, row, payment))
            case.seeded.append((row, REJECTED))
            continue
        place = told.get(id(turn), 0)
        told[id(turn)] = place + 1
        seeded = turn.rows[place]
        fields = [
            f"r{row}",
            seeded.type,
            seeded.payment_id,
            str(seeded.amount_minor),
            str(seeded.fee_minor),
            seeded.currency,
            write.a_time(),
        ]
        lines.append(_dressed(chance, fields))
        if seeded.bucket is not None:
            case.seeded.append((row, seeded.bucket))
    case.row_count = len(turns)
    return lines


def _rejected(write: Writer, hazard: str, row: int, payment: WorldPayment) -> str:
    """A row that would match, or break otherwise, if somebody guessed what it means."""
    seeded = right(payment)
    fields = [
        f"r{row}",
        seeded.type,
        seeded.payment_id,
        str(seeded.amount_minor),
        str(seeded.fee_minor),
        seeded.currency,
        write.a_time(),
    ]
    if write.chance.random() < 0.2:
        fields[TYPE] = "refund"
    if write.chance.random() < 0.2:
        fields[CURRENCY] = "EUR"
    return unreadable(hazard, fields)


def _dressed(chance: random.Random, fields: list[str]) -> str:
    """The same row as some program might write it; it reads the same."""
    if chance.random() >= _DRESSED_SHARE:
        return ",".join(fields)
    row_id, row_type, payment_id, amount, fee, currency, occurred_at = fields
    match chance.randrange(6):
        case 0:
            return ",".join(f'"{text}"' for text in fields)
        case 1:
            return f'{row_id},"{row_type}",{payment_id},"{amount}",{fee},"{currency}",{occurred_at}'
        case 2:
            occurred_at = occurred_at.replace("T", "t").replace("Z", "z")
        case 3:
            occurred_at = occurred_at.replace("Z", chance.choice(["+02:00", "-09:30", "+00:00"]))
        case 4:
            occurred_at = occurred_at.replace("Z", "789Z")
        case _:
            amount, fee = f"{amount:0>20}", f"0{fee}"
            row_id = f"{row_id}_-.:/#" + "x" * 80
    return ",".join((row_id, row_type, payment_id, amount, fee, currency, occurred_at))


def _remember(case: Case, story: Story) -> None:
    _add(case, story.payment)
    if story.settles_payment:
        case.settled_payments.add(story.payment.id)
    case.settled_refunds.update(story.settles_refunds)


def _add(case: Case, payment: WorldPayment) -> None:
    if payment.id in case.world:
        raise ValueError("chance made the same id twice")
    case.world[payment.id] = payment
