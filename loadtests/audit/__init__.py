"""Is every cent where it belongs? The money audit of a load test, from what its record says was
asked for and answered, and from what the stack says is there.
"""

from loadtests.audit.checks import Check
from loadtests.audit.money_audit import audit

__all__ = ["Check", "audit"]
