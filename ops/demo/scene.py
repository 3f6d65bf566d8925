"""What does every chapter of the story have at hand? And how is it told?"""

from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from oncepay.storage.database import Database
from ops.demo.checks import Checks
from ops.demo.crowd import Crowd
from ops.demo.shop import CURRENCY, Shop, open_shop
from ops.stack import Stack

FEE_PERCENT = 2
"""What the demo expects a payment to cost; on purpose not read from the project's own code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Where the story plays.

    Attributes:
        merchants_fee_basis_points: a fee of their own for the story's merchants; None for the
            stage's.
    """

    stack: Stack
    database: Database
    console: Console
    checks: Checks
    crowd: Crowd
    merchants_fee_basis_points: int | None = None

    def open_shop(self, name: str) -> Shop:
        """A new merchant; a story never shares one with another run."""
        return open_shop(
            name,
            stack=self.stack,
            database=self.database,
            fee_basis_points=self.merchants_fee_basis_points,
        )

    def now(self) -> datetime:
        """What time it is."""
        return datetime.now(UTC)

    def chapter(self, title: str, tale: str) -> None:
        """Begin a chapter."""
        self.console.print()
        self.console.print(Text(title, style="bold"))
        self.console.print(Text(f"  {tale}", style="dim"))


def expected_fee_minor(amount_minor: int) -> int:
    """Two percent, rounded down."""
    return amount_minor * FEE_PERCENT // 100


def money(amount_minor: int) -> str:
    """An amount as a person writes it."""
    sign = "-" if amount_minor < 0 else ""
    major, minor = divmod(abs(amount_minor), 100)
    return f"{sign}{major:,}.{minor:02d} {CURRENCY}"
