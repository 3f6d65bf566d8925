"""What is one stored settlement run or break? The readings that more than one rule asks about."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Final

from ops.verify import specification_outside as spec
from ops.verify.fields import Reading, check_map_of_facts, read_item, read_map_of_numbers
from ops.verify.findings import Key
from ops.verify.tables import Item, key_of

SETTLEMENTS: Final = "settlements"
RUN_PART: Final = "run"
CLAIM_PART: Final = "claim"
SOURCE_PREFIX: Final = "source#"
CONTENT_PREFIX: Final = "content#"

_ID_CHARACTERS: Final = 26


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run, as far as it can be read; a map is None if it is not there or cannot be read."""

    reading: Reading
    breaks_by_kind: dict[str, int] | None
    gross_minor: dict[str, int] | None
    fee_minor: dict[str, int] | None

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
    )


def stored_break(item: Item) -> Reading:
    """Read one break."""
    reading = read_item(SETTLEMENTS, key_of(item), item, spec.BREAK, nothing_else=True)
    for name in ("expected", "found"):
        check_map_of_facts(reading, name)
    return reading


def stored_pointer(item: Item) -> Reading:
    """Read a pointer to a run."""
    return read_item(SETTLEMENTS, key_of(item), item, spec.RUN_POINTER, nothing_else=True)


def run_key(run_id: str) -> Key:
    """Where a run is stored."""
    return Key(run_id, RUN_PART)


def named_run(pointer: Item) -> Key | None:
    """The key of the run that a pointer names, if that is readable."""
    run_id = stored_pointer(pointer).text("run_id")
    return None if run_id is None else run_key(run_id)


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
