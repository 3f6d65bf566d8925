"""`oncepay demo`: tell the whole story on a stack, check every result, exit 1 if one is wrong."""

import http.client
import time
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.text import Text

from oncepay.domain.errors import PaymentsError
from ops.command_line import Region, StackFile, StackName, one_clear_line
from ops.demo import business, costs, crowds, inbound_costs, settlements, story, stripe
from ops.demo.checks import Checks, StoryBrokenError
from ops.demo.costs import Cost, MissingItemError
from ops.demo.crowd import Crowd
from ops.demo.crowds import Race
from ops.demo.desk import DeskError, open_desk
from ops.demo.http_client import NoAnswerError
from ops.demo.scene import Scene
from ops.demo.settlements import Settled
from ops.demo.shop import CURRENCY, Shop
from ops.demo.story import Paid
from ops.stack import Stack, StackError, choose_stack
from ops.verify.prover import verify
from ops.verify.report import Report
from ops.verify.tables import CouldNotReadError

PROD = "prod"
KNOCK_SECONDS = 10.0
PIPE_CHARACTERS = 120


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
    except (NoAnswerError, DeskError, MissingItemError, CouldNotReadError) as error:
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
    event_id = stripe.send_events(scene, desk)
    day = business.do_business(scene, shop, paid, stormed_id, race)
    settled = settlements.settle_the_day(scene, desk, day)
    _prove_the_books(scene)
    scene.chapter(
        "The bill",
        "What each call costs in DynamoDB, by AWS's rules, from the items that the story left.",
    )
    bill = _bill_of_calls(scene, shop, paid, race) + _bill_of_inbound(scene, event_id, settled)
    _present_the_bill(scene, bill)


def _prove_the_books(scene: Scene) -> None:
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
    scene.checks.end_chapter()


def _bill_of_calls(scene: Scene, shop: Shop, paid: Paid, race: Race) -> list[Cost]:
    deposit = _left(scene, shop, "/v1/deposits", story.DEPOSIT_KEY)
    refund = _left(scene, shop, f"/v1/payments/{paid.payment_id}/refunds", story.REFUND_KEY)
    payment = _left(scene, race.shop, "/v1/payments", race.paid_key)
    declined = _left(scene, race.shop, "/v1/payments", race.declined_key)
    scene.checks.equal(
        "the payments are where their keys say",
        expected=(race.paid_id, race.declined_id),
        seen=(payment.item["id"]["S"], declined.item["id"]["S"]),
    )
    return [
        costs.cost_of_deposit(deposit),
        costs.cost_of_payment(payment),
        costs.cost_of_replay(payment),
        costs.cost_of_decline(payment, declined),
        costs.cost_of_refund(refund, costs.read_payment(scene.database, paid.payment_id)),
        costs.cost_of_look_up(*costs.read_owner_and_key(scene.database, shop.api_key)),
    ]


def _bill_of_inbound(scene: Scene, event_id: str, settled: Settled) -> list[Cost]:
    event = inbound_costs.read_event(scene.database, event_id)
    file = inbound_costs.read_file(scene.database, settled)
    return [
        inbound_costs.cost_of_event(event),
        inbound_costs.cost_of_same_event(event),
        inbound_costs.cost_of_file(file),
        inbound_costs.cost_of_payment_row(file),
        inbound_costs.cost_of_refund_row(file),
        inbound_costs.cost_of_break(file),
    ]


def _present_the_bill(scene: Scene, bill: list[Cost]) -> None:
    costs.tell_costs(scene, bill)
    prices = f"{costs.WRITE_USD_PER_MILLION} and {costs.READ_USD_PER_MILLION} $ per million"
    notes = (
        f"On demand in us-east-1: {prices} write and read units (November 2026).",
        "A key is looked up once a minute at most. A settlement file costs its line once, and one",
        "line for each of its rows. Lambda, API Gateway, S3 and SQS come on top.",
    )
    for note in notes:
        scene.console.print(Text(f"    {note}", style="dim"))
    scene.checks.end_chapter()


def _left(scene: Scene, shop: Shop, path: str, key: str) -> costs.Left:
    return costs.read_left(
        scene.database, merchant_id=shop.merchant_id, currency=CURRENCY, path=path, key=key
    )


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
