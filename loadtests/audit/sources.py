"""Where can what is there be read? The HTTP API in any case; the tables and the processor's own
record where the target has them to be looked at.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError

from loadtests.audit.api_reading import Get, ReadError, get_over_http
from loadtests.audit.asked import Document
from loadtests.target import Merchant, Target
from ops.demo.control import Control, ControlError
from ops.demo.http_client import NoAnswerError
from ops.operations import run_sweep
from ops.stack import OUTPUT_OF_TABLE, SimulatedProcessor, Stack, StackError
from ops.verify.prover import verify
from ops.verify.report import Report
from ops.verify.tables import Tables

MOST_FLUSHES = 10
MOST_SWEEPS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What can be read.

    Attributes:
        get: the API.
        merchants: whose keys were given.
        tables: of the stack.
        prove: the independent prover.
        charges: the processor's own record.
        come_to_rest: has the processor send what it holds back.
        sweep: has the stack finish what it would finish within a minute by itself.
        now: what time it is.
    """

    get: Get
    merchants: Sequence[Merchant] = ()
    tables: Tables | None = None
    prove: Callable[[], Report] | None = None
    charges: Callable[[], Sequence[Document]] | None = None
    come_to_rest: Callable[[], None] | None = None
    sweep: Callable[[], None] | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


def sources_of(target: Target) -> Sources:
    """What can be read of a target."""
    get, stack = get_over_http(target.api_url), target.stack
    if stack is None:
        return Sources(get=get, merchants=target.merchants)
    tables, prove = _tables_of(stack)
    processor = stack.simulated_processor if target.is_local else None
    return Sources(
        get=get,
        merchants=target.merchants,
        tables=tables,
        prove=prove,
        charges=None if processor is None else lambda: _charges(processor),
        come_to_rest=None if processor is None else lambda: _flush(processor),
        sweep=(lambda: _sweep(stack)) if target.is_local else None,
    )


def _tables_of(stack: Stack) -> tuple[Tables, Callable[[], Report]]:
    client = stack.dynamodb_client()
    names = {role: stack.tables[role] for role in OUTPUT_OF_TABLE}
    return Tables(client, names), lambda: verify(names, client=client)


def _charges(processor: SimulatedProcessor) -> Sequence[Document]:
    try:
        return Control(processor).record().charges
    except (ControlError, NoAnswerError) as error:
        raise ReadError(f"the processor's record cannot be read: {error}") from None


def _flush(processor: SimulatedProcessor) -> None:
    try:
        control = Control(processor)
        for _ in range(MOST_FLUSHES):
            if not control.flush():
                return
    except (ControlError, NoAnswerError) as error:
        raise ReadError(f"the processor's events cannot be sent: {error}") from None


def _sweep(stack: Stack) -> None:
    """Until no time is lacking for the rest: one invocation is cut off at its function's end."""
    try:
        for _ in range(MOST_SWEEPS):
            if not run_sweep(stack)["left"]:
                return
    except (StackError, BotoCoreError, ClientError) as error:
        raise ReadError(f"the sweep cannot be run: {error}") from None
