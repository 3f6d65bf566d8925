"""How is a list asked for, and how is a page of it answered? The size of a page and the cursor,
which every list has alike.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from oncepay.api.calls import Call
from oncepay.api.cursors import MAX_CURSOR_CHARACTERS, CursorScope
from oncepay.api.fields import Parameters
from oncepay.api.filters import read_limit
from oncepay.api.representations import OK, answer, list_json
from oncepay.domain.idempotency import Answer
from oncepay.services.page import Slice

# What of a query does not choose what is listed, only how much of it at once and from where.
_OF_THE_PAGE = {"cursor", "limit"}


@dataclass(frozen=True, slots=True)
class ListRequest:
    """What is asked for.

    Attributes:
        limit: at most so many.
        after: the position of the last one seen, or None for the first page.
        scope: what the cursor of the next page will be good for.
    """

    limit: int
    after: str | None
    scope: CursorScope

    def answer_page[T](self, page: Slice[T], represent: Callable[[T], dict[str, Any]]) -> Answer:
        """A page, each of its items as `represent` shows it."""
        position = page.next_position
        cursor = None if position is None else self.scope.write(position)
        return answer(OK, list_json([represent(item) for item in page.items], cursor))


def read_list_request(
    call: Call, parameters: Parameters, *, owner_id: str, secret: Callable[[], bytes]
) -> ListRequest:
    """Read `limit` and `cursor`, the last of the query parameters.

    Args:
        call: its path says which list it is, its parameters which filter.
        parameters: of the same call; the list's own filters are taken already.
        owner_id: who may use the cursor: a merchant, or `operator`.
        secret: signs the cursors; fetched only when needed.

    Raises:
        InvalidRequest: for a bad limit, a cursor that is not one of this list, or a parameter that
            nobody took.
    """
    limit = read_limit(parameters)
    cursor = parameters.take_text("cursor", maximum=MAX_CURSOR_CHARACTERS)
    parameters.refuse_rest()
    filters = {
        name: values[0] for name, values in call.parameters.items() if name not in _OF_THE_PAGE
    }
    scope = CursorScope(owner_id=owner_id, path=call.path, filters=filters, secret=secret)
    return ListRequest(limit, None if cursor is None else scope.read(cursor), scope)
