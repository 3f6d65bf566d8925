"""How does one merchant's book go over several shards? A shard is a whole small ledger: its balance
is the fold of its own entries, each of them balanced.

A payment takes from the shard that its id leads to. Only when that one is short, or when money is
taken whatever the balance is, all shards are looked at and several give. A deposit is spread
evenly, over fewer shards if they are busy. The sum over the shards is the merchant's money, and it
is never spent twice:

- every shard that gives has what it gives (`at_least`), or stands as it was read (`exactly`);
- below zero is shard 0 alone, and only once all others are drained: see `drain`;
- so long as it is, what comes in fills it first: see `fill`.

Pure: everything here is arithmetic on a picture of the balances.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from oncepay.domain.errors import InvalidRequest
from oncepay.domain.ledger import (
    AVAILABLE,
    BETWEEN_SHARDS,
    LedgerEntry,
    Needs,
    Posted,
    Posting,
    first_shard,
    ledger_id,
    shard_of,
)

MAX_SHARDS = 32
"""A payment that takes from all of them is one transaction: two actions a shard, of at most 100."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What is available in each shard of a book, in minor units.

    Attributes:
        available: by shard.
        known: how many shards the book itself knows of; there is nothing in others.
        entries: how many were posted in shard 0.
    """

    available: tuple[int, ...]
    known: int = 1
    entries: int = 0

    @property
    def shards(self) -> int:
        """How many there are."""
        return len(self.available)


def require_shards(shards: int, *, now: int) -> None:
    """Check a new number of shards.

    Raises:
        InvalidRequest: beyond 1..32, or below what it is now: what is in a shard stays there.
    """
    if not 1 <= shards <= MAX_SHARDS:
        raise InvalidRequest(f"shards must be 1..{MAX_SHARDS}", param="shards")
    if shards < now:
        raise InvalidRequest(f"there are {now} shards already; they only grow", param="shards")


def some_shards(item_id: str, shards: int, width: int) -> tuple[int, ...]:
    """So many of the shards, shard 0 first, which is always one of them; others for others."""
    others = shards - 1
    begin = first_shard(item_id, others) if others else 0
    return (0, *(1 + (begin + number) % others for number in range(width - 1)))


def split_evenly(amount_minor: int, among: Sequence[int]) -> dict[int, int]:
    """Shard -> its part, no two of them more than one minor unit apart; parts of nothing are left
    out.
    """
    part, rest = divmod(amount_minor, len(among))
    parts = {shard: part + (1 if place < rest else 0) for place, shard in enumerate(among)}
    return {shard: minor for shard, minor in parts.items() if minor}


def fill(short_minor: int, amount_minor: int, among: Sequence[int]) -> dict[int, int]:
    """Shard -> what comes in there: first what shard 0 is short of, the rest evenly."""
    first_minor = min(amount_minor, short_minor)
    parts = split_evenly(amount_minor - first_minor, among)
    if first_minor:
        parts[0] = parts.get(0, 0) + first_minor
    return dict(sorted(parts.items()))


def take(picture: Picture, amount_minor: int, *, first: int) -> dict[int, int] | None:
    """Shard -> what it gives, from as few as may be, `first` before all others; None if all of them
    together have not so much.
    """
    if sum(picture.available) < amount_minor:
        return None
    others = sorted(
        (shard for shard in range(picture.shards) if shard != first),
        key=lambda shard: (-picture.available[shard], shard),
    )
    taken: dict[int, int] = {}
    left_minor = amount_minor
    for shard in (first, *others):
        minor = min(left_minor, max(0, picture.available[shard]))
        if minor:
            taken[shard] = minor
            left_minor -= minor
    return taken


def drain(picture: Picture, amount_minor: int) -> dict[int, int]:
    """Shard -> what it gives when that is more than there is: all others everything that is needed,
    and shard 0 the rest, which leaves it below zero.
    """
    taken: dict[int, int] = {}
    left_minor = amount_minor
    for shard, minor in enumerate(picture.available):
        # Where shard 0 is below zero already, the others may have more than that.
        given_minor = min(left_minor, max(0, minor)) if shard else 0
        if given_minor:
            taken[shard] = given_minor
            left_minor -= given_minor
    return {0: left_minor, **taken}


def spread(
    entry: LedgerEntry, taken: Mapping[int, int], new_entry_id: Callable[[], str]
) -> tuple[LedgerEntry, ...]:
    """Divide an entry that takes from `available`, so that each shard gives its part.

    Each part is balanced: a shard that gives so much also has so much of where it goes to. What the
    entry moves besides stays in its own shard, whose part keeps the entry's id; it comes first.

    Args:
        entry: takes as much from `available` as `taken` has in all.
        taken: shard -> minor units, above zero but for the entry's own shard.
        new_entry_id: makes the ids of the other parts.

    Raises:
        ValueError: if the parts are not what the entry takes.
    """
    if sum(taken.values()) != -entry.change_of(AVAILABLE):
        raise ValueError("the shards do not give what the entry takes")
    home = shard_of(entry.ledger_id)
    others = [posting for posting in entry.postings if posting.account != AVAILABLE]
    parts: list[LedgerEntry] = []
    for shard, minor in sorted(taken.items()):
        if shard == home:
            continue
        given, others = _cut(others, minor)
        parts.append(
            replace(
                entry,
                id=new_entry_id(),
                ledger_id=_in_shard(entry.ledger_id, shard),
                postings=(Posting(AVAILABLE, -minor), *given),
            )
        )
    if not others:
        return tuple(parts)
    own_minor = taken.get(home, 0)
    own = (Posting(AVAILABLE, -own_minor),) if own_minor else ()
    return (replace(entry, postings=(*own, *others)), *parts)


def level(picture: Picture) -> list[tuple[int, int, int]]:
    """Who gives, who gets, and how much, so that all have alike; nothing if they are near enough:
    none below zero, and none below half of an even part.

    Two shards at a time: of a busy merchant two are idle at once now and then, all are never.
    """
    total_minor = sum(picture.available)
    even = split_evenly(max(0, total_minor), range(picture.shards))
    wanted = [even.get(shard, 0) for shard in range(picture.shards)]
    if total_minor < 0:
        wanted[0] = total_minor
    is_near = all(
        minor >= 0 and 2 * minor >= want
        for minor, want in zip(picture.available, wanted, strict=True)
    )
    if is_near or list(picture.available) == wanted:
        return []
    changes = [want - minor for want, minor in zip(wanted, picture.available, strict=True)]
    givers = sorted(
        (shard for shard, change in enumerate(changes) if change < 0), key=changes.__getitem__
    )
    moves: list[tuple[int, int, int]] = []
    # The neediest first; shard 0 before all others, if it is below zero.
    takers = [shard for shard, change in enumerate(changes) if change > 0]
    takers.sort(key=lambda shard: (picture.available[shard] >= 0, -changes[shard]))
    for taker in takers:
        while changes[taker]:
            giver = givers[0]
            minor = min(changes[taker], -changes[giver])
            moves.append((giver, taker, minor))
            changes[taker] -= minor
            changes[giver] += minor
            if not changes[giver]:
                givers.pop(0)
    return moves


def levelling_postings(change_minor: int) -> tuple[Posting, ...]:
    """One shard's part of a levelling."""
    return (Posting(AVAILABLE, change_minor), Posting(BETWEEN_SHARDS, -change_minor))


def needing(entries: Sequence[LedgerEntry]) -> tuple[Posted, ...]:
    """Each shard must have what it gives."""
    return tuple(
        Posted(entry, Needs(at_least=-change) if change < 0 else None)
        for entry in entries
        for change in [entry.change_of(AVAILABLE)]
    )


def standing(
    entries: Sequence[LedgerEntry], picture: Picture
) -> tuple[tuple[Posted, ...], tuple[tuple[str, Needs], ...]]:
    """Each shard must stand as it was read, and there must be no more of them: what came into
    another meanwhile would not be drained. Shard 0 may have anything. The second are those that
    give nothing, by ledger id.
    """
    needs = {
        _in_shard(entries[0].ledger_id, shard): Needs(exactly=minor)
        if shard
        else Needs(shards=picture.shards)
        for shard, minor in enumerate(picture.available)
    }
    posted = tuple(Posted(entry, needs.pop(entry.ledger_id, None)) for entry in entries)
    return posted, tuple(needs.items())


def _cut(postings: list[Posting], minor: int) -> tuple[list[Posting], list[Posting]]:
    """So much of what the postings bring, in their order, and what is left of them."""
    given: list[Posting] = []
    left: list[Posting] = []
    for posting in postings:
        part = min(minor, max(0, posting.amount_minor))
        minor -= part
        if part:
            given.append(Posting(posting.account, part))
        if posting.amount_minor != part:
            left.append(Posting(posting.account, posting.amount_minor - part))
    return given, left


def _in_shard(own: str, shard: int) -> str:
    merchant_id, currency, _ = own.rsplit("#", 2)
    return ledger_id(merchant_id, currency, shard)
