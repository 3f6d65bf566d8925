"""The payer's bank wants its money back, and a worker dies while it takes the news: that a dispute
was opened, how it ended, both at once, and while a refund is on its way.
"""

from collections.abc import Callable, Iterator
from functools import partial

from ops.simulated.records import DisputeStatus
from tests.kills.scenarios import (
    APPROVE,
    EITHER,
    PART_MINOR,
    REQUESTS,
    Scenario,
    begin,
    begin_open,
    sweep,
    take_events,
)
from tests.kills.story import Story

ENDS = (DisputeStatus.WON, DisputeStatus.LOST)

_REQUESTS = {request.name: request for request in REQUESTS}


def disputes() -> Iterator[Scenario]:
    """All of them."""
    yield _scenario("a dispute is opened", partial(_prepare, None, is_known=False))
    for end in ENDS:
        yield _scenario(f"a dispute is {end.value}", partial(_prepare, end, is_known=True))
        yield _scenario(
            f"a dispute is opened and {end.value}", partial(_prepare, end, is_known=False)
        )
    yield _scenario(
        "a dispute is opened while a refund is open",
        _prepare_with_refund,
        ("timeout_before", "timeout_after"),
    )


def _scenario(
    name: str, prepare: Callable[[Story, str], None], behaviours: tuple[str, ...] = (APPROVE,)
) -> Scenario:
    return Scenario(
        name=name,
        behaviours=behaviours,
        prepare=prepare,
        act=take_events,
        outcome=EITHER,
        rivals=(("sweep", sweep), ("event", take_events)),
        needs_events=True,
    )


def _prepare(end: DisputeStatus | None, story: Story, behaviour: str, *, is_known: bool) -> None:
    begin(_REQUESTS["refund"], story, behaviour)
    _open(story)
    if is_known:
        story.world.deliver_events()
    if end is not None:
        story.world.processor.engine.close_dispute(story.dispute_ids[0], end)


def _prepare_with_refund(story: Story, behaviour: str) -> None:
    begin_open(_REQUESTS["refund part"], story, behaviour)
    _open(story)


def _open(story: Story) -> None:
    engine = story.world.processor.engine
    (charge, _), *_ = engine.record()
    story.dispute_ids.append(engine.open_dispute(charge.id, PART_MINOR).id)
