"""In what do the project and the oracle differ, as far as that is known? Each rule is named here
until the project has it as the oracle does; `test_known_differences.py` shows each of them.
"""

from typing import Final

from tests.settlements.formats.books import Rules

AS_THE_PROJECT_HAS_THEM: Final = Rules(
    near_is_equal=False,
    came_back_is_meant=False,
    alone_is_operators=False,
    release_is_known_again=False,
    named_refund_may_come_back=False,
    nameless_is_counted=False,
)
