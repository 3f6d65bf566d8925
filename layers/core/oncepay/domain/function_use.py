"""What has one function used, over a period?"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionUse:
    """The sums of what a function's calls said of themselves.

    Attributes:
        function: its short name, such as process_payment.
        calls: how often it was called.
        milliseconds: how long it ran, in all.
        write_units: of DynamoDB.
        read_units: of DynamoDB.
    """

    function: str
    calls: Decimal
    milliseconds: Decimal
    write_units: Decimal
    read_units: Decimal
