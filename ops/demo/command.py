"""`oncepay demo`: tell the whole story on a stack, check every result, exit 1 if one is wrong."""

import http.client
import time
from urllib.parse import urlsplit

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.text import Text

from oncepay.domain.errors import PaymentsError
from ops.command_line import Region, StackFile, StackName, one_clear_line
from ops.demo import business, crowds, settlements, story, stripe
from ops.demo.bill import bill_of_calls, bill_of_files, present_the_bill
from ops.demo.browser import PageError
from ops.demo.by_processor import tell_of_processors
from ops.demo.checks import Checks, StoryBrokenError
from ops.demo.control import ControlError
from ops.demo.costs import MissingItemError
from ops.demo.crowd import Crowd
from ops.demo.desk import DeskError, open_desk
from ops.demo.http_client import NoAnswerError
from ops.demo.scene import Scene
from ops.operations import read_work
from ops.stack import Stack, StackError, choose_stack
from ops.verify.prover import verify
from ops.verify.report import Report
from ops.verify.tables import CouldNotReadError

PROD = "prod"
KNOCK_SECONDS = 10.0
PIPE_CHARACTERS = 120

_BROKEN = (
    NoAnswerError,
    DeskError,
    ControlError,
    PageError,
    MissingItemError,
    CouldNotReadError,
    StackError,
    BotoCoreError,
    ClientError,
)
"""What ends the story before its end; each says why in a line."""


def demo_command(
    stack_file: StackFile = None, stack_name: StackName = None, region: Region = None
) -> None:
    """Tell the whole story with real HTTP calls; every result is checked."""
    with one_clear_line("demo"):
        stack = choose_stack(stack_file=stack_file, stack_name=stack_name, region=region)
        if stack.environment == PROD:
            raise StackError("the demo pays with invented money; it does not run on prod")
        _knock(stack)
        exit_code = run_demo(stack)
    raise typer.Exit(exit_code)


def run_demo(stack: Stack, *, merchants_fee_basis_points: int | None = None) -> int:
    """Tell the story.

    Args:
        stack: where; new merchants are added to it each time.
        merchants_fee_basis_points: a fee of their own for these merchants, as if somebody had set a
            wrong one.

    Returns: 0 if everything was as expected, else 1.
    """
    console = Console(highlight=False, soft_wrap=True)
    if not console.is_terminal:
        # A file or a pipe has no width, and tables should not be squeezed into the default's.
        console.width = max(console.width, PIPE_CHARACTERS)
    checks = Checks(console)
    began = time.monotonic()
    try:
        with Crowd(crowds.RACERS, stack.api_url) as crowd:
            _tell(
                Scene(
                    stack=stack,
                    database=stack.open_database(),
                    console=console,
                    checks=checks,
                    crowd=crowd,
                    merchants_fee_basis_points=merchants_fee_basis_points,
                )
            )
    except StoryBrokenError:
        pass
    except _BROKEN as error:
        checks.holds("the story goes on", False, expected="an answer", seen=str(error))
    except PaymentsError as error:
        checks.holds("the story goes on", False, expected="an answer", seen=error.detail)
    seconds = time.monotonic() - began
    console.print()
    if checks.failed:
        said = f"The story ends here: {checks.failed[0]} - that is not so. {checks.passed} other "
        console.print(Text(f"{said}checks passed, in {seconds:.0f} seconds.", style="bold red"))
        return 1
    said = f"Everything as promised: {checks.passed} checks passed in {seconds:.0f} seconds."
    console.print(Text(said, style="bold green"))
    return 0


def _tell(scene: Scene) -> None:
    scene.console.print(Text("Oncepay: every payment happens exactly once.", style="bold green"))
    scene.console.print(Text(f"  The API is {scene.stack.api_url}", style="dim"))
    shop = scene.open_shop("Corner Shop")
    story.deposit_money(scene, shop)
    paid = story.pay_once(scene, shop)
    story.ask_again(scene, shop, paid)
    stormed_id = crowds.storm_one_key(scene, shop)
    race = crowds.race_for_ten(scene)
    story.refund_in_parts(scene, shop, paid)
    story.turn_strangers_away(scene, shop, paid)
    story.read_back(scene, shop, {paid.payment_id, stormed_id})
    desk = open_desk(scene.stack, scene.database)
    by_processor = tell_of_processors(scene, desk)
    stripe.pretend_to_be_stripe(scene, desk)
    day = business.do_business(scene, shop, paid, stormed_id, race)
    settled = settlements.settle_the_day(scene, desk, day)
    _prove_the_books(scene, by_processor.payment_ids)
    scene.chapter(
        "The bill",
        "What each call costs in DynamoDB, by AWS's rules, from the items that the story left.",
    )
    bill = bill_of_calls(scene, shop, paid, race)
    present_the_bill(scene, bill + by_processor.bill + bill_of_files(scene, settled))


def _prove_the_books(scene: Scene, payment_ids: frozenset[str]) -> None:
    scene.chapter(
        "The books are proved",
        "oncepay verify reads every table, with code that shares nothing with the writers.",
    )
    with scene.console.status("  reading the books..."):
        report: Report = verify(scene.stack.tables, client=scene.stack.dynamodb_client())
    for currency, total in report.sums.items():
        scene.console.print(Text(f"    {total.line(currency)}", style="dim"))
    wrong = [finding.line() for finding in report.findings] + report.not_proved
    scene.checks.equal("nothing is wrong anywhere", expected=[], seen=wrong)
    scene.checks.equal("every cent adds up", expected=True, seen=report.is_clean)
    unfinished = [
        (work.kind, work.id, work.state, work.why)
        for work in read_work(scene.database, scene.now())
        if work.payment_id in payment_ids
    ]
    scene.checks.equal("and nothing at a processor is unfinished", expected=[], seen=unfinished)
    scene.checks.end_chapter()


def _knock(stack: Stack) -> None:
    """Say at once that nobody is there, instead of trying for a minute."""
    parts = urlsplit(stack.api_url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    try:
        connection = kind(parts.hostname or "", parts.port, timeout=KNOCK_SECONDS)
        connection.connect()
        connection.close()
    except (OSError, ValueError, http.client.HTTPException):
        hint = ": run `make up` first" if stack.is_local else ""
        raise StackError(f"nothing answers at {stack.api_url}{hint}") from None
