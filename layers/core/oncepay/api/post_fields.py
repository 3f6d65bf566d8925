"""What is in the body of every POST? Fields to be taken one by one, and the request's key."""

from typing import Any

from oncepay.api.fields import Fields
from oncepay.api.idempotency_keys import BODY_FIELD, MAX_CHARACTERS


def read_fields(body: dict[str, Any]) -> Fields:
    """The fields of a body.

    Raises: InvalidRequest: the key in it is none.
    """
    fields = Fields(body)
    # Read before, as the request's key; here it is only known.
    fields.take_optional_text(BODY_FIELD, maximum=4 * MAX_CHARACTERS)
    return fields
