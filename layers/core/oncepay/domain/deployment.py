"""What of a deployed stack says what it costs to run?"""

from collections.abc import Mapping
from dataclasses import dataclass

FUNCTIONS: Mapping[str, str] = {
    "authorizer": "authorizer",
    "process_payment": "process-payment",
    "query": "query",
    "reconcile": "reconcile",
    "sweep": "sweep",
    "webhook": "webhook",
}
"""Every function, with what is after the stack's name in its own name in AWS."""

BEHIND_THE_API = ("process_payment", "query", "webhook")
"""Those that API Gateway calls, once for each request that it lets through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One stack in one region.

    Attributes:
        name: of the stack.
        region: AWS's code of it.
        architecture: of its functions, arm64 or x86_64.
        memory_mb: of each of its functions.
        tables: the names of all of its tables.
        sampled_one_in: one call in so many reports what it used; 0 is none.
    """

    name: str
    region: str
    architecture: str
    memory_mb: int
    tables: tuple[str, ...]
    sampled_one_in: int

    def function_names(self) -> dict[str, str]:
        """The name in AWS of each function."""
        return {function: f"{self.name}-{suffix}" for function, suffix in FUNCTIONS.items()}
