"""`oncepay shards`: over how many shards do a merchant's books go, so that it may pay more often at
once?
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ops.command_line import COMMAND_SECONDS, one_clear_line, print_json, tell
from ops.stack import choose_stack

if TYPE_CHECKING:
    from oncepay.services.grow_shards import Grown


def shards_command(
    merchant: str,
    shards: int,
    stack_file: Path | None,
    stack_name: str | None,
    region: str | None,
    as_json: bool,
) -> None:
    """Give a merchant's books more shards."""
    with one_clear_line("shards"):
        from oncepay.domain.errors import InvalidRequest, NotFound
        from oncepay.services.grow_shards import grow_shards
        from oncepay.storage.budget import Budget

        if not merchant.startswith("mer_"):
            raise InvalidRequest(f"{merchant!r} is no merchant's id (mer_...)")
        stack = choose_stack(stack_file=stack_file, stack_name=stack_name, region=region)
        try:
            grown = grow_shards(
                merchant,
                shards,
                database=stack.open_database(),
                now=datetime.now(UTC),
                budget=Budget(COMMAND_SECONDS),
            )
        except NotFound:
            raise NotFound(f"no merchant {merchant}") from None
        if as_json:
            print_json(
                {
                    "merchant_id": merchant,
                    "before": grown.before,
                    "shards": grown.shards,
                    "currencies": list(grown.currencies),
                    "levelled": grown.levelled,
                }
            )
            return
        typer.echo(f"{merchant}: {grown.before} -> {grown.shards} shards")
        tell(_books(grown))
        tell("Payments use them within a minute: so long the gateway remembers who calls.")


def _books(grown: "Grown") -> str:
    """What became of the books that there are."""
    if not grown.currencies:
        return "It has no books yet: each gets them with its first deposit."
    names = ", ".join(grown.currencies)
    moved = "book" if grown.levelled == 1 else "books"
    return f"Its books in {names} have them; in {grown.levelled} {moved} money was moved."
