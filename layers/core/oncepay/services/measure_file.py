"""Is a settlement file fit to be booked, and what does it hold in all? The first reading, of the
whole file, before any row of it is booked.
"""

import hashlib
import io
from typing import Any

from oncepay.domain.settlement import FileTotals
from oncepay.domain.settlement_formats.file import SettlementFile
from oncepay.domain.settlement_formats.row import FileRefused
from oncepay.domain.settlement_formats.tally import prove
from oncepay.domain.settlement_payouts import paid_batches
from oncepay.storage.objects import BUFFER_BYTES

MAX_FILE_BYTES = 512 * 1024 * 1024
"""More than two million rows of the widest format, as it is stored; what is packed is counted once
more when it is unpacked. So the first reading ends well within the time of an invocation."""


def measure_file(raw: io.RawIOBase) -> FileTotals:
    """Read a file to its end, and hold it against its own totals.

    Raises:
        FileRefused: the file as a whole cannot be booked.
        StorageUnavailable: it broke off.
    """
    measured = _Measured(raw)
    file = SettlementFile(io.BufferedReader(measured, BUFFER_BYTES))
    tally = prove(file)
    totals = tally.totals()
    return FileTotals(
        format=file.format.name,
        sha256=measured.sha256.hexdigest(),
        size_bytes=measured.size_bytes,
        rows=totals.rows,
        gross_minor=totals.gross_minor,
        fee_minor=tally.fee_minor or totals.cost_minor,
        batches=paid_batches(file.format.name, totals.batches),
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
