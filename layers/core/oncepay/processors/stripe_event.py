"""What does Stripe say? The body of an event whose signature was verified, as an inbound event.

Only what every event has is read here, in the words of Stripe's API of any version: `id` and `type`
must be there, `created` and `livemode` may be. A thin event (`v2.core.event`) has them too. The
body itself is kept as it came, for whoever handles that type of event.
"""

from datetime import datetime

from oncepay.domain.errors import InvalidRequest
from oncepay.domain.inbound_event import InboundEvent, Provider
from oncepay.processors.event_body import read_created, read_name, read_object, read_text


def read_event(raw_body: bytes, *, received_at: datetime) -> InboundEvent:
    """Read a verified body.

    Raises:
        InvalidRequest: not an event, saying what is wrong.
    """
    payload = read_text(raw_body)
    event = read_object(payload)
    livemode = event.get("livemode")
    if livemode is not None and not isinstance(livemode, bool):
        raise InvalidRequest("livemode must be true or false", param="livemode")
    return InboundEvent(
        provider=Provider.STRIPE,
        event_id=read_name(event, "id"),
        type=read_name(event, "type"),
        created=read_created(event.get("created")),
        livemode=livemode,
        payload=payload,
        received_at=received_at,
    )
