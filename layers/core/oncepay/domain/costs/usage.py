"""What does a month's work use of AWS? From counts of calls to units, bytes and milliseconds, each
with its arithmetic.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from oncepay.domain.capacity import Consistency, read_units, write_units
from oncepay.domain.costs.bill import Used
from oncepay.domain.costs.calls import (
    BEHIND_THE_API,
    BEHIND_THE_AUTHORIZER,
    CALLS,
    ROWS_PER_CHUNK,
    Call,
)
from oncepay.domain.costs.fixed_usage import fixed_usage
from oncepay.domain.costs.item_sizes import OVERHEAD_BYTES, sizes_with
from oncepay.domain.costs.prices import Line
from oncepay.domain.costs.workload import DAYS, MINUTES, Workload

GB: Final = Decimal(2**30)
FULL_PROCESSOR_MB: Final = Decimal(1769)
"""Memory with which a function has one whole processor.

Source: Lambda Developer Guide, "Configure Lambda function memory", as of 2026-11.
"""
HEADER_BYTES: Final = 500
"""Of an answer's headers, and what TLS adds, about."""
ROW_BYTES: Final = 100
"""Of a row of a settlement file, about."""
ACCESS_LOG_BYTES: Final = 300
EVENT_DAYS: Final = 30
"""An event of what is known is kept so long."""
RECORD_DAYS: Final = 1
"""An answer is kept so long."""
AUTHORIZER: Final = "authorizer"
AUTHORIZER_READS: Final = 2
"""Of the merchant and of its key."""
AUTHORIZER_MINUTES: Final = 1
"""The gateway remembers its answer for 60 seconds."""
S3_MS: Final = Decimal(100)

_CHARGED: Final = ("charge_rows",)
_ROWS: Final = ("payment_rows", "charge_rows", "refund_rows", "break_rows")


def usage_of(workload: Workload) -> list[Used]:
    """Everything that a bill has a line for."""
    return list(_Month(workload).used())


def units_of_call(name: str, sizes: Mapping[str, int]) -> tuple[int, Decimal]:
    """Write and read units of one call of a kind, by AWS's rules.

    Args:
        name: of the kind, as in `CALLS`.
        sizes: bytes of each kind of item.
    """
    call = CALLS[name]
    writes = sum(
        times * write_units(sizes[item], transactional=True)
        for item, times in call.transacted.items()
    ) + sum(
        times * write_units(sizes[item], transactional=False)
        for item, times in call.indexed.items()
    )
    reads = sum(
        (
            read_units(size, read.consistency)
            for read in call.reads
            for size in _read_sizes(read.items, sizes, read.consistency)
        ),
        Decimal(0),
    )
    return writes, reads


def _read_sizes(
    items: tuple[str, ...], sizes: Mapping[str, int], consistency: Consistency
) -> tuple[int, ...]:
    # What a transaction reads is rounded up item by item, a query's page once.
    found = tuple(sizes[item] for item in items)
    return found if consistency is Consistency.TRANSACTIONAL else (sum(found),)


class _Month:
    def __init__(self, workload: Workload) -> None:
        self._of = workload
        self._sizes = sizes_with(
            int(workload.extra_bytes),
            event_bytes=int(workload.event_bytes),
            page_bytes=int(workload.page_bytes),
        )
        counts = {name: workload.count(name) for name in CALLS}
        rows = sum((counts[name] for name in _ROWS), Decimal(0))
        # Rows come in a file.
        files = max(counts["settlement_files"], Decimal(1) if rows else Decimal(0))
        counts["settlement_files"] = files
        # The last transaction of each file is not full.
        counts["settlement_chunks"] = _started(rows, ROWS_PER_CHUNK, files)
        counts["charge_chunks"] = _started(counts["charge_rows"], ROWS_PER_CHUNK, files)
        self._counts = {name: count for name, count in counts.items() if count}
        asked = self._calls_of(*BEHIND_THE_AUTHORIZER)
        # Each key is asked about once, and again with its first call after a minute.
        of_each = asked / (workload.merchants * MINUTES / AUTHORIZER_MINUTES)
        self._authorized = (asked / (1 + of_each)).to_integral_value()

    def used(self) -> Iterator[Used]:
        yield from self._units()
        yield from self._storage()
        yield from self._functions()
        yield from self._api()
        yield from self._logs()
        yield from self._files()
        called = {CALLS[name].function for name in self._counts}
        yield from fixed_usage(self._of, called)

    def _units(self) -> Iterator[Used]:
        for name, count in self._counts.items():
            writes, reads = units_of_call(name, self._sizes)
            title = CALLS[name].title
            for line, units in ((Line.WRITES, Decimal(writes)), (Line.READS, reads)):
                if units:
                    how = f"{count:,.0f} {title} x {units.normalize():f} units"
                    yield Used(line=line, quantity=count * units, how=how)
        if self._authorized:
            how = f"{self._authorized:,.0f} look-ups of a key x {AUTHORIZER_READS} units"
            quantity = self._authorized * AUTHORIZER_READS
            yield Used(line=Line.READS, quantity=quantity, how=how)

    def _storage(self) -> Iterator[Used]:
        for name, count in self._counts.items():
            call = CALLS[name]
            tables, indexes = self._stored(call.kept), self._stored(call.kept_indexed)
            if tables + indexes:
                days = self._of.retention_days
                if name in {"events_known", "payout_events"}:
                    days = min(days, Decimal(EVENT_DAYS))
                yield self._kept(Line.STORAGE, call.title, count, tables + indexes, days)
                if self._of.backups:
                    yield self._kept(Line.BACKUPS, call.title, count, tables, days)
        answered = sum(
            (count for name, count in self._counts.items() if "record" in CALLS[name].transacted
             and name != "replays"),
            Decimal(0),
        )  # fmt: skip
        if answered:
            size = self._stored({"record": 1})
            days = Decimal(RECORD_DAYS)
            yield self._kept(Line.STORAGE, "stored answers", answered, size, days)

    def _stored(self, kept: Mapping[str, int]) -> int:
        return sum(times * (self._sizes[item] + OVERHEAD_BYTES) for item, times in kept.items())

    @staticmethod
    def _kept(line: Line, title: str, count: Decimal, size: int, days: Decimal) -> Used:
        how = f"{count:,.0f} {title} a month x {days:f} days x {size:,} bytes"
        return Used(line=line, quantity=count * size * days / DAYS / GB, how=how)

    def _functions(self) -> Iterator[Used]:
        spent: dict[str, tuple[Decimal, Decimal]] = {}
        for name, count in self._counts.items():
            call = CALLS[name]
            calls, ms = spent.get(call.function, (Decimal(0), Decimal(0)))
            # The rows of a file are work of the invocation that has the file.
            invoked = count if name == "settlement_files" or call.function in BEHIND_THE_API else 0
            spent[call.function] = calls + invoked, ms + count * self._ms(call)
        if self._authorized:
            ms = self._authorized * (self._cpu_ms + self._of.dynamodb_ms)
            spent[AUTHORIZER] = self._authorized, ms
        arm = self._of.architecture == "arm64"
        line = Line.LAMBDA_ARM64 if arm else Line.LAMBDA_X86_64
        memory_gb = self._of.memory_mb / 1024
        for function, (calls, ms) in spent.items():
            how = f"{calls:,.0f} calls of {function}"
            yield Used(line=Line.LAMBDA_REQUESTS, quantity=calls, how=how)
            each = ms / calls if calls else Decimal(0)
            how = f"{calls:,.0f} calls of {function} x {each:.1f} ms x {memory_gb.normalize():f} GB"
            yield Used(line=line, quantity=ms / 1000 * memory_gb, how=how)
        cold = (sum((calls for calls, _ in spent.values()), Decimal(0)) * self._of.cold_percent
                / 100).to_integral_value()  # fmt: skip
        if cold:
            how = (
                f"{cold:,.0f} cold starts x {self._of.cold_ms:f} ms x {memory_gb.normalize():f} GB"
            )
            quantity = cold * self._of.cold_ms / 1000 * memory_gb
            yield Used(line=line, quantity=quantity, how=how)

    @property
    def _cpu_ms(self) -> Decimal:
        """Of a call, on the part of a processor that its memory gives."""
        return self._of.cpu_ms / min(Decimal(1), self._of.memory_mb / FULL_PROCESSOR_MB)

    def _ms(self, call: Call) -> Decimal:
        waits = (
            call.requests * self._of.dynamodb_ms
            + call.transactions * self._of.transaction_ms
            + call.processor_calls * self._of.processor_ms
        )
        if call.function in BEHIND_THE_API:
            return waits + self._cpu_ms
        return waits + (S3_MS if call is CALLS["settlement_files"] else 0)

    def _api(self) -> Iterator[Used]:
        calls = self._calls_of(*BEHIND_THE_API)
        if not calls:
            return
        line = Line.API_REST if self._of.api == "rest" else Line.API_HTTP
        yield Used(line=line, quantity=calls, how=f"{calls:,.0f} calls")
        sent = sum(
            (count * (self._answer_bytes(CALLS[name]) + HEADER_BYTES)
             for name, count in self._counts.items() if CALLS[name].function in BEHIND_THE_API),
            Decimal(0),
        )  # fmt: skip
        how = f"{calls:,.0f} answers x {sent / calls:,.0f} bytes"
        yield Used(line=Line.TRANSFER_OUT, quantity=sent / GB, how=how)

    def _answer_bytes(self, call: Call) -> int:
        # What a list reads is an index's picture of payments: about as long as its JSON.
        return 0 if call.answer is None else self._sizes[call.answer]

    def _logs(self) -> Iterator[Used]:
        gateway = self._calls_of(*BEHIND_THE_API)
        calls = gateway + self._authorized + self._counts.get("settlement_files", Decimal(0))
        if not calls:
            return
        size = calls * self._of.log_bytes + gateway * ACCESS_LOG_BYTES
        how = (f"{calls:,.0f} calls x {self._of.log_bytes:f} bytes, and {ACCESS_LOG_BYTES} of the "
               f"gateway's")  # fmt: skip
        yield Used(line=Line.LOGS_INGESTED, quantity=size / GB, how=how)
        days = self._of.log_retention_days
        # Stored compressed, by AWS's own word to some 15 percent.
        quantity = size * days / DAYS / GB * Decimal("0.15")
        yield Used(line=Line.LOGS_STORED, quantity=quantity, how=f"15 % of it, for {days:f} days")

    def _files(self) -> Iterator[Used]:
        files = self._counts.get("settlement_files", Decimal(0))
        if not files:
            return
        rows = sum((self._counts.get(name, Decimal(0)) for name in _ROWS), Decimal(0))
        yield Used(line=Line.S3_PUTS, quantity=files * 3, how=f"{files:,.0f} files x 3 objects")
        yield Used(line=Line.S3_GETS, quantity=files * 4, how=f"{files:,.0f} files x 4 reads")
        size = rows * ROW_BYTES * self._of.retention_days / DAYS / GB
        how = f"{rows:,.0f} rows a month x {self._of.retention_days:f} days x {ROW_BYTES} bytes"
        yield Used(line=Line.S3_STORAGE, quantity=size, how=how)
        yield Used(line=Line.SQS, quantity=files * 2, how=f"{files:,.0f} files x 2 requests")

    def _calls_of(self, *functions: str) -> Decimal:
        return sum(
            (count for name, count in self._counts.items() if CALLS[name].function in functions),
            Decimal(0),
        )


def _started(rows: Decimal, each: int, at_least: Decimal) -> Decimal:
    if not rows:
        return Decimal(0)
    return max(at_least, -(-rows // each))
