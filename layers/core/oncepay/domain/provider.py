"""At which processors is work done, and who sends events?"""

from enum import StrEnum


class Provider(StrEnum):
    """Who sent it. Equal to the stored value."""

    STRIPE = "stripe"
    PAYPAL = "paypal"
    SIMULATED = "simulated"
