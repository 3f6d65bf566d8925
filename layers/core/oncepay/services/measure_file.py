"""Is a settlement file fit to be booked, and what does it hold in all? The first reading, of the
whole file, before any row of it is booked.
"""

import hashlib
import io
from collections import Counter
from typing import Any

from oncepay.domain.settlement import FileTotals
from oncepay.domain.settlement_files import FileRefused, SettlementFile
from oncepay.domain.settlement_rows import SettlementRow
from oncepay.storage.objects import BUFFER_BYTES

MAX_FILE_BYTES = 128 * 1024 * 1024
"""Some 1.4 million rows. With `MAX_LINES`, so that the first reading ends well within the shortest
invocation that template.yaml allows, whatever the file holds."""


def measure_file(raw: io.RawIOBase) -> FileTotals:
    """Read a file to its end.

    Raises:
        FileRefused: the file as a whole cannot be booked.
        StorageUnavailable: it broke off.
    """
    measured = _Measured(raw)
    file = SettlementFile(io.BufferedReader(measured, BUFFER_BYTES))
    rows = 0
    gross_minor: Counter[str] = Counter()
    fee_minor: Counter[str] = Counter()
    for row in file:
        rows += 1
        if isinstance(row, SettlementRow):
            gross_minor[row.currency] += row.gross_minor
            fee_minor[row.currency] += row.fee_minor
    return FileTotals(
        format=file.format,
        sha256=measured.sha256.hexdigest(),
        size_bytes=measured.size_bytes,
        rows=rows,
        gross_minor=dict(gross_minor),
        fee_minor=dict(fee_minor),
    )


class _Measured(io.RawIOBase):
    """A stream that is hashed and counted as it is read."""

    def __init__(self, raw: io.RawIOBase) -> None:
        super().__init__()
        self._raw = raw
        self.sha256 = hashlib.sha256()
        self.size_bytes = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer; 0 at the end."""
        count = self._raw.readinto(buffer) or 0
        self.size_bytes += count
        if self.size_bytes > MAX_FILE_BYTES:
            raise FileRefused(
                f"the file is larger than {MAX_FILE_BYTES // 1024 // 1024} MB; split it"
            )
        self.sha256.update(buffer[:count])
        return count
