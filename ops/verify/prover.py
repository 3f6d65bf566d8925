"""Do the tables prove the books? Walks all six tables once and confirms every suspicion.

Payments may be running meanwhile, and a scan is not a snapshot. So whatever a scan shows is only
suspected: the concrete items are read again, strongly, until they stood still during a reading,
and only what is still wrong then is reported. What never stands still is reported as not proved,
never as wrong and never as clean.

Memory: one page of a scan, at most BATCH_ITEMS payments with their refunds (or items that wait for
the items they name), those items, and one small record per shard of a book (its sums), per
settlement run (its count and sums), per item that a person's decision settled, and per merchant
whose books have several shards. Nothing else grows with the number
of payments, entries, breaks or markers, but the confirmation of one payment, which reads it whole.
DynamoDB scans a partition in one piece; were it not so, the pieces would be suspected, and the
confirmation reads whole partitions.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import batched, groupby
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from ops.verify.book_fold import BALANCE_PART, BookFold
from ops.verify.book_names import book_name
from ops.verify.decisions import Decisions
from ops.verify.family import (
    Counterparts,
    Family,
    family_of,
    listed_entries,
    listing_merchants,
    references_of,
    settling_runs,
    waiting_records,
)
from ops.verify.findings import Finding, Key, Outcome, Rule
from ops.verify.proof import BATCH_ITEMS, Proof
from ops.verify.report import Report
from ops.verify.rules_directory import check_directory_item, swept_as
from ops.verify.rules_events import EVENTS, check_event
from ops.verify.rules_items import check_family
from ops.verify.rules_ledger import (
    check_book,
    check_entry,
    check_unknown_part,
    is_of_settlement,
)
from ops.verify.rules_records import (
    IDEMPOTENCY,
    check_record,
    named_by_record,
    possible_operations,
)
from ops.verify.rules_shards import DIRECTORY, is_hot_merchant
from ops.verify.stored import LEDGER, PAYMENTS, is_entry, stored_entry
from ops.verify.stored_settlements import SETTLEMENTS, is_break
from ops.verify.sums import CurrencySum, sum_of
from ops.verify.tables import (
    CouldNotReadError,
    DynamoReader,
    Item,
    Tables,
    id_of,
    key_of,
    read_standing_still,
)
from ops.verify.walk_references import ReferencesWalk, is_reference
from ops.verify.walk_settled import SettledWalk
from ops.verify.walk_settlements import SettlementsWalk
from ops.verify.walk_shards import ShardsWalk

TABLES: Final = (IDEMPOTENCY, PAYMENTS, LEDGER, DIRECTORY, EVENTS, SETTLEMENTS)


def verify(
    tables: Mapping[str, str], *, client: DynamoReader, page_size: int | None = None
) -> Report:
    """Prove the books.

    Args:
        tables: the tables' names by their roles, which are those of TABLES.
        client: a boto3 DynamoDB client.
        page_size: items per page; DynamoDB's own megabyte unless given.
    Raises: CouldNotReadError with one clear line.
    """
    missing = [name for name in TABLES if not tables.get(name)]
    if missing:
        raise CouldNotReadError(f"The stack names no table for: {', '.join(missing)}.")
    try:
        return _Prover(Tables(client, tables, page_size)).prove()
    except ClientError as error:
        details = error.response.get("Error", {})
        said = f"{details.get('Code', 'error')}: {details.get('Message', '')}"
        raise CouldNotReadError(f"DynamoDB refused to be read: {said}") from error
    except BotoCoreError as error:
        raise CouldNotReadError(f"DynamoDB could not be reached: {error}") from error


class _Prover:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._proof = Proof(tables)
        self._settled = SettledWalk(self._proof)
        self._settlements = SettlementsWalk(self._proof, self._settled)
        self._references = ReferencesWalk(self._proof)
        self._shards = ShardsWalk(self._proof)
        self._books: dict[str, CurrencySum] = {}
        self._doubtful: list[str] = []
        self._events = 0

    def prove(self) -> Report:
        self._prove_directory()
        self._settlements.prove_runs()
        self._prove_payments()
        self._prove_doubtful()
        self._references.prove_lost()
        self._prove_ledger()
        self._shards.prove_shards()
        self._settled.prove_settled()
        self._prove_records()
        self._prove_events()
        sums: dict[str, CurrencySum] = {}
        for book_id, book in self._books.items():
            name = book_name(book_id)
            if name is not None:
                sums[name.currency] = sums.get(name.currency, CurrencySum()) + book
        return Report(
            checked={rule: self._proof.checked[rule] for rule in Rule},
            findings=list(dict.fromkeys(self._proof.findings)),
            not_proved=list(dict.fromkeys(self._proof.not_proved)),
            sums=dict(sorted(sums.items())),
            read=replace(
                self._settlements.read,
                settled_payments=self._settled.payments,
                settled_refunds=self._settled.refunds,
                events=self._events,
            ),
        )

    def _prove_directory(self) -> None:
        for some in batched(self._tables.scan(DIRECTORY), BATCH_ITEMS, strict=False):
            self._proof.confirm_named(
                DIRECTORY, some, named_table=PAYMENTS, named=swept_as, check=check_directory_item
            )

    def _prove_payments(self) -> None:
        families: list[list[Item]] = []
        pointers: list[Item] = []
        for _, items in groupby(self._tables.scan(PAYMENTS), id_of):
            family = list(items)
            if is_hot_merchant(family[0]):
                self._shards.prove_hot(family)
                continue
            (pointers.extend if is_reference(family[0]) else families.append)(family)
            if len(families) == BATCH_ITEMS:
                self._prove_families(families)
                families = []
            if len(pointers) >= BATCH_ITEMS:
                self._references.prove(pointers)
                pointers = []
        self._prove_families(families)
        self._references.prove(pointers)

    def _prove_families(self, some: list[list[Item]]) -> None:
        families = [family_of(items, self._settled.decisions) for items in some]
        counterparts = self._read_counterparts(families)
        for items, family in zip(some, families, strict=True):
            self._prove_family(items, counterparts)
            self._settled.count_settled(family, counterparts.entries)
            self._references.note_lost(family, counterparts.pointers)

    def _read_counterparts(self, families: Iterable[Family]) -> Counterparts:
        families = list(families)
        entries = {key for family in families for key in listed_entries(family)}
        runs = {key for family in families for key in settling_runs(family)}
        records = {key for family in families for key in waiting_records(family)}
        pointers = {key for family in families for key in references_of(family)}
        merchants = {key for family in families for key in listing_merchants(family)}
        return Counterparts(
            entries=self._tables.get_many(LEDGER, entries),
            runs=self._tables.get_many(SETTLEMENTS, runs),
            records=self._tables.get_many(IDEMPOTENCY, records),
            pointers=self._tables.get_many(PAYMENTS, pointers),
            merchants=self._tables.get_many(DIRECTORY, merchants),
        )

    def _prove_family(self, family: list[Item], counterparts: Counterparts) -> None:
        id_, before = id_of(family[0]), len(self._proof.findings)
        decisions = self._settled.decisions
        suspected = check_family(family, counterparts, decisions)
        self._proof.confirm(
            f"{PAYMENTS} {Key(id_)}", suspected, lambda: self._check_again(id_, decisions)
        )
        if len(self._proof.findings) > before:
            # What was decided since Settlements was read may explain it.
            del self._proof.findings[before:]
            self._doubtful.append(id_)

    def _check_again(self, id_: str, decisions: Decisions) -> Outcome | None:
        standing = read_standing_still(
            lambda: list(self._tables.partition(PAYMENTS, id_)),
            lambda items: self._read_counterparts([family_of(items)]),
        )
        return None if standing is None else check_family(*standing, decisions)

    def _prove_doubtful(self) -> None:
        if not self._doubtful:
            return
        decisions = self._settled.read_decisions()
        for id_ in self._doubtful:
            confirmed = self._check_again(id_, decisions)
            if confirmed is None:
                self._proof.note_moved(f"{PAYMENTS} {Key(id_)}")
            else:
                self._proof.findings.extend(confirmed.findings)

    def _prove_ledger(self) -> None:
        entries: list[Item] = []
        for id_, items in groupby(self._tables.scan(LEDGER), id_of):
            fold = BookFold(id_)
            for item in items:
                fold.add(item)
                if is_entry(key_of(item)):
                    entries.append(item)
                elif key_of(item).part != BALANCE_PART:
                    self._proof.confirm_one(LEDGER, item, check_unknown_part)
                if len(entries) == BATCH_ITEMS:
                    self._prove_entries(entries)
                    entries = []
            self._prove_book(fold)
        self._prove_entries(entries)

    def _prove_entries(self, entries: list[Item]) -> None:
        of_runs = [item for item in entries if is_of_settlement(item)]
        of_items = [item for item in entries if not is_of_settlement(item)]
        for table, some in ((PAYMENTS, of_items), (SETTLEMENTS, of_runs)):
            self._proof.confirm_named(
                LEDGER,
                some,
                named_table=table,
                named=lambda item: stored_entry(item).item_key,
                check=check_entry,
            )

    def _prove_book(self, fold: BookFold) -> None:
        final = fold

        def check_again() -> Outcome | None:
            nonlocal final
            standing = read_standing_still(
                lambda: self._tables.get(LEDGER, Key(fold.id, BALANCE_PART)),
                lambda _: self._fold_again(fold.id),
            )
            if standing is None:
                return None
            balance, final = standing
            final.balance = balance
            return check_book(final)

        suspected = check_book(fold)
        if fold.id in self._books:
            # The scan came back to a book that it had left: only a reading of the whole counts.
            suspected.findings.append(Finding(Rule.I2, LEDGER, Key(fold.id), "one piece", "more"))
        self._proof.confirm(f"{LEDGER} {Key(fold.id)}", suspected, check_again)
        self._books[fold.id] = sum_of(final)
        self._settled.count_booked(final)
        self._shards.note_shard(final)

    def _fold_again(self, book_id: str) -> BookFold:
        fold = BookFold(book_id)
        for item in self._tables.partition(LEDGER, book_id):
            fold.add(item)
        return fold

    def _prove_records(self) -> None:
        for some in batched(self._tables.scan(IDEMPOTENCY), BATCH_ITEMS, strict=False):
            self._proof.confirm_beside(
                IDEMPOTENCY, some, read_beside=self._read_asked_for, check=check_record
            )

    def _read_asked_for(self, records: Sequence[Item]) -> dict[Key, Item]:
        """What some records are about: the items that they name, and operations on these."""
        named = [(record, named_by_record(record)) for record in records]
        asked_for = {key for _, key in named if key is not None}
        breaks = {key for key in asked_for if is_break(key)}
        made = self._tables.get_many(PAYMENTS, asked_for - breaks)
        made |= self._tables.get_many(SETTLEMENTS, breaks)
        operations = {
            key
            for record, target in named
            if target is not None and not is_break(target)
            for key in possible_operations(record, made.get(target))
        }
        return made | self._tables.get_many(PAYMENTS, operations)

    def _prove_events(self) -> None:
        for item in self._tables.scan(EVENTS):
            self._events += 1
            self._proof.confirm_one(EVENTS, item, check_event)
