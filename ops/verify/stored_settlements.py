"""What is one stored settlement run or break? The readings that more than one rule asks about."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Final

from ops.verify import specification_outside as spec
from ops.verify.fields import (
    Reading,
    check_map_of_facts,
    read_item,
    read_map_of_numbers,
    read_maps,
)
from ops.verify.findings import Key
from ops.verify.specification import ENTRY_KEY, POSTING, SETTLEMENT_ID
from ops.verify.tables import Item, key_of

SETTLEMENTS: Final = "settlements"
RUN_PART: Final = "run"
CLAIM_PART: Final = "claim"
SOURCE_PREFIX: Final = "source#"
CONTENT_PREFIX: Final = "content#"
ROW_PREFIX: Final = "row#"
ROW_PART: Final = "row"
LATEST_PREFIX: Final = "latest#"
LATEST_PART: Final = "file"
PAYOUT_PREFIX: Final = "payout#"
PAYOUT_PART: Final = "payout"
BATCHES_PART: Final = "batches"

type Postings = list[tuple[str, int]]

_ID_CHARACTERS: Final = 26


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run, as far as it can be read; a map is None if it is not there or cannot be read."""

    reading: Reading
    breaks_by_kind: dict[str, int] | None
    gross_minor: dict[str, int] | None
    fee_minor: dict[str, int] | None
    matched_minor: dict[str, int] | None
    broken_minor: dict[str, int] | None

    @property
    def key(self) -> Key:
        """Its key in Settlements."""
        return self.reading.key

    @property
    def status(self) -> str | None:
        """Where it stands."""
        return self.reading.text("status")

    @property
    def booked(self) -> int | None:
        """Rows that are matched or breaks so far."""
        matched = self.reading.number("matched")
        if matched is None or self.breaks_by_kind is None:
            return None
        return matched + sum(self.breaks_by_kind.values())

    @property
    def is_copy(self) -> bool:
        """Whether it leaves its content to another run."""
        return self.reading.has("duplicate_of")

    @property
    def pointer_key(self) -> Key | None:
        """The key of the pointer from its file's name, if that can be told."""
        source_key, started = self.reading.text("source_key"), self.reading.text("started_at")
        if source_key is None or started is None:
            return None
        return Key(f"{SOURCE_PREFIX}{source_key}", f"{started}#{self.key.id}")

    @property
    def claim_key(self) -> Key | None:
        """The key of the claim to its content, if that can be told."""
        sha256 = self.reading.text("sha256")
        return None if sha256 is None else Key(f"{CONTENT_PREFIX}{sha256}", CLAIM_PART)

    @property
    def original_key(self) -> Key | None:
        """The key of the run that it is a copy of, if it is one."""
        original_id = self.reading.text("duplicate_of")
        return None if original_id is None else run_key(original_id)


def stored_run(item: Item) -> StoredRun:
    """Read one run."""
    reading = read_item(SETTLEMENTS, key_of(item), item, spec.RUN, nothing_else=True)
    return StoredRun(
        reading,
        breaks_by_kind=read_map_of_numbers(reading, "breaks_by_kind"),
        gross_minor=read_map_of_numbers(reading, "gross_minor"),
        fee_minor=read_map_of_numbers(reading, "fee_minor"),
        matched_minor=read_map_of_numbers(reading, "matched_minor"),
        broken_minor=read_map_of_numbers(reading, "broken_minor"),
    )


@dataclass(frozen=True, slots=True)
class StoredDecision:
    """What somebody decided about a break, when, and by which request."""

    action: str
    at: str
    record_id: str


@dataclass(frozen=True, slots=True)
class StoredBreak:
    """A break, as far as it can be read; a list is None if any of it is unreadable, and empty if it
    is absent: whether it is there at all, its reading says.
    """

    reading: Reading
    correction: Postings | None
    posted: Postings | None
    settles: list[Key] | None
    decisions: list[StoredDecision] | None
    entries: list[Key] | None

    @property
    def key(self) -> Key:
        """Its key in Settlements."""
        return self.reading.key

    @property
    def id(self) -> str:
        """By which a decision names it."""
        row = self.reading.number("row")
        return f"brk_{self.key.id.removeprefix('set_')}_{row}"

    @property
    def status(self) -> str | None:
        """Where it stands."""
        return self.reading.text("status")

    @property
    def settled_key(self) -> Key | None:
        """The key of what its correction settles, if it settles anything that can be read."""
        return self.settles[0] if self.settles else None

    @property
    def marker_key(self) -> Key | None:
        """The key of the marker that its correction puts, if it puts one."""
        marker = self.reading.text("marker")
        return None if marker is None else Key(marker, ROW_PART)


def stored_break(item: Item) -> StoredBreak:
    """Read one break."""
    reading = read_item(SETTLEMENTS, key_of(item), item, spec.BREAK, nothing_else=True)
    for name in ("expected", "found"):
        check_map_of_facts(reading, name)
    decisions = read_maps(reading, "decisions", spec.DECISION)
    return StoredBreak(
        reading,
        correction=_read_postings(reading, "correction"),
        posted=_read_postings(reading, "posted"),
        settles=_read_keys(reading, "settles"),
        decisions=None
        if decisions is None
        else [
            StoredDecision(one.texts["action"], one.texts["at"], one.texts["record_id"])
            for one in decisions
        ],
        entries=_read_keys(reading, "entries"),
    )


def _read_postings(reading: Reading, name: str) -> Postings | None:
    maps = read_maps(reading, name, POSTING)
    if maps is None:
        return None
    return [(one.texts["account"], one.numbers["amount_minor"]) for one in maps]


def _read_keys(reading: Reading, name: str) -> list[Key] | None:
    maps = read_maps(reading, name, ENTRY_KEY)
    return None if maps is None else [Key(one.texts["id"], one.texts["part"]) for one in maps]


def stored_marker(item: Item) -> Reading:
    """Read one marker of a row."""
    return read_item(SETTLEMENTS, key_of(item), item, spec.MARKER, nothing_else=True)


def is_free(marker: Item) -> bool:
    """Whether the row of a marker is booked no more."""
    return marker.get("is_free", {}).get("BOOL") is True


def stored_pointer(item: Item) -> Reading:
    """Read a pointer to a run."""
    return read_item(SETTLEMENTS, key_of(item), item, spec.RUN_POINTER, nothing_else=True)


def run_key(run_id: str) -> Key:
    """Where a run is stored."""
    return Key(run_id, RUN_PART)


def named_run(pointer: Item) -> Key | None:
    """The key of the run that a pointer names, if that is readable."""
    run_id = pointer.get("run_id", {}).get("S")
    is_one = isinstance(run_id, str) and SETTLEMENT_ID.fullmatch(run_id)
    return run_key(str(run_id)) if is_one else None


def break_key(run_id: str, row: int) -> Key:
    """Where the break of a row is stored."""
    return Key(run_id, f"break#{row:010d}")


def is_break(key: Key) -> bool:
    """Whether a key of Settlements is a break's."""
    return key.part.startswith("break#")


def id_of_file(bucket: str, key: str, version_id: str | None, etag: str | None) -> str:
    """The id that the run of one version of one object has, told from nothing but the object.

    SHA-256 of the three parts, each preceded by its length in bytes and a colon; where the bucket
    keeps no versions, the ETag says which one is meant.
    """
    version = version_id if version_id is not None else f"etag:{etag or ''}"
    parts = [part.encode("utf-8", "surrogatepass") for part in (bucket, key, version)]
    digest = hashlib.sha256(b"".join(b"%d:%b" % (len(part), part) for part in parts)).digest()
    return f"set_{base64.b32encode(digest).decode().lower()[:_ID_CHARACTERS]}"
