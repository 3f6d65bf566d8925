"""What do the processors say that they took, kept and paid out? Their settlement files, each in its
own format and with breaks that were put into it on purpose; and what an operator makes of one.
"""

import csv
import io
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.text import Text

from oncepay.domain.times import format_time
from ops.demo.breaks import table_of
from ops.demo.control import Control, SettlementFile
from ops.demo.desk import Desk, Document
from ops.demo.scene import Scene, expected_fee_minor, money
from ops.demo.shop import CURRENCY, Shop
from ops.demo.story import balance_is

PAYMENTS = 12
LEAST_MINOR, STEP_MINOR = 5_000, 17
REFUND_MINOR = 1_500

_EVERYWHERE = (
    "amount_mismatch",
    "currency_mismatch",
    "duplicate_row",
    "missing_in_ledger",
    "missing_in_settlement",
    "orphan_refund",
)
_IN_OUR_FORMAT = ("fee_mismatch", "rejected_row")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Format:
    """A format as the story tells of it."""

    name: str
    title: str
    processor: str
    encoding: str
    breaks: tuple[str, ...] = _EVERYWHERE


_FORMATS = (
    _Format(
        name="native",
        title="our own, with a break of each kind",
        processor="simulated",
        encoding="utf-8-bom",
        breaks=_EVERYWHERE + _IN_OUR_FORMAT,
    ),
    _Format(
        name="adyen",
        title="Adyen's settlement details, packed with gzip",
        processor="simulated",
        encoding="gzip",
    ),
    _Format(
        name="paypal",
        title="PayPal's settlement report, in UTF-16",
        processor="paypal",
        encoding="utf-16",
    ),
    _Format(
        name="stripe",
        title="Stripe's payout reconciliation",
        processor="stripe",
        encoding="utf-8",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What was dropped, and what became of it."""

    file: SettlementFile
    run: Document
    breaks: list[Document]
    payment_ids: tuple[str, ...]

    def broken(self, kind: str) -> Document:
        """The break of a kind."""
        return next(found for found in self.breaks if found["kind"] == kind)


def reconcile_all(scene: Scene, control: Control, desk: Desk) -> frozenset[str]:
    """Chapters: four formats; a wrong total; a break is corrected. Returns the payments."""
    folder = f"incoming/demo-{secrets.token_hex(4)}"
    shop = scene.open_shop("Shop of four files")
    scene.chapter(
        f"Four settlement files, of {PAYMENTS} payments each, in four formats",
        "Recognised by what is in them. Every break was put in on purpose, and no other is found.",
    )
    told = {each.name: _reconcile(scene, control, desk, shop, each, folder) for each in _FORMATS}
    scene.checks.end_chapter()
    _look_into_the_bucket(scene, desk, told["native"])
    _hold_against_the_payout(scene, control, desk, told["stripe"])
    _drop_a_wrong_total(scene, control, desk, folder)
    _decide(scene, desk, shop, told["stripe"])
    _summarize(scene, desk, told.values())
    return frozenset(payment_id for each in told.values() for payment_id in each.payment_ids)


def _reconcile(
    scene: Scene, control: Control, desk: Desk, shop: Shop, chosen: _Format, folder: str
) -> _Told:
    check = scene.checks
    since = datetime.now(UTC)
    payment_ids = []
    for number in range(PAYMENTS):
        paid = shop.charge(
            LEAST_MINOR + STEP_MINOR * number,
            "pm_approve",
            key=f"{chosen.name}-{number}",
            processor=chosen.processor,
        )
        payment_ids.append(str(paid.member("id")))
    shop.refund(payment_ids[0], REFUND_MINOR, key=f"refund-{chosen.name}")
    control.flush()
    file = control.settlement_file(
        format=chosen.name,
        created_from=format_time(since),
        # Its clock ran ahead in earlier chapters, and they have left charges of later times.
        created_to=format_time(datetime.now(UTC)),
        encoding=chosen.encoding,
        breaks=dict.fromkeys(chosen.breaks, 1),
    )
    key = f"{folder}/{chosen.name}"
    desk.upload(key, file.content)
    run = desk.wait_for(key)
    breaks = desk.breaks_of(str(run["id"]))
    check.equal(
        f"{chosen.title}: {run['counts']['rows']} rows, recognised and booked",
        expected=(chosen.name, "completed"),
        seen=(run.get("format"), run.get("status")),
    )
    if chosen.breaks != _EVERYWHERE:
        scene.console.print(table_of(breaks))
    check.equal(
        f"exactly its {len(breaks)} seeded breaks are found, each in its row",
        expected=sorted((one["row"], one["kind"]) for one in file.breaks if one["row"]),
        seen=[(one["row"], one["kind"]) for one in breaks],
    )
    counts = run["counts"]
    check.equal(
        "every row is matched, or is one break",
        expected=counts["rows"],
        seen=counts["matched"] + counts["breaks"],
    )
    unsettled = {one["payment_id"] for one in file.breaks if one["kind"] in _UNSETTLED}
    check.equal(
        "settled are all payments but those that the file has wrong, or not at all",
        expected=sorted(set(payment_ids) - unsettled),
        seen=sorted(
            str(one["id"])
            for one in shop.payments(payment_ids)
            if one.get("settlement_id") == run["id"]
        ),
    )
    return _Told(file=file, run=run, breaks=breaks, payment_ids=tuple(payment_ids))


_UNSETTLED = frozenset(
    {"amount_mismatch", "currency_mismatch", "fee_mismatch", "missing_in_settlement"}
)


def _look_into_the_bucket(scene: Scene, desk: Desk, told: _Told) -> None:
    settlement_id = str(told.run["id"])
    scene.chapter(
        "The results lie beside the file",
        f"results/{settlement_id}/summary.json and breaks.csv.",
    )
    table = desk.results_of(settlement_id)["breaks.csv"].decode()
    rows = list(csv.DictReader(io.StringIO(table, newline="")))
    scene.checks.equal(
        "breaks.csv has the same breaks",
        expected=[(one["id"], one["kind"]) for one in told.breaks],
        seen=[(row["break_id"], row["kind"]) for row in rows],
    )
    scene.checks.end_chapter()


def _hold_against_the_payout(scene: Scene, control: Control, desk: Desk, told: _Told) -> None:
    check, settlement_id = scene.checks, told.run["id"]
    scene.chapter(
        "Stripe pays out what its file says",
        "Three ways: our books, the rows of the file, and the payout that a webhook tells of.",
    )
    before = _payouts(desk, settlement_id)
    check.equal(
        "before that, nobody can say whether it was paid",
        expected={None},
        seen={payout["agrees"] for payout in before},
    )
    paid_out = control.pay_out_at_stripe(currency=CURRENCY)
    control.flush()
    (payout,) = (
        one
        for one in _payouts(desk, settlement_id)
        if one["reference"] == paid_out.reference and one["currency"] == CURRENCY
    )
    scene.console.print(Text(f"    {payout}", style="dim"))
    check.equal(
        f"it paid {money(payout['net_minor'])}, and that is what the file comes to",
        expected=(True, payout["net_minor"]),
        seen=(payout["agrees"], payout["paid_minor"]),
    )
    check.end_chapter()


def _payouts(desk: Desk, settlement_id: object) -> list[Document]:
    found = desk.client.call("GET", f"/v1/settlements/{settlement_id}").member("payouts")
    return list(found or [])


def _drop_a_wrong_total(scene: Scene, control: Control, desk: Desk, folder: str) -> None:
    check = scene.checks
    scene.chapter(
        "A file whose total is wrong",
        "It is put aside whole, with what was counted and what it says.",
    )
    wrong = control.settlement_file(format="paypal", wrong_totals=True)
    desk.upload(f"{folder}/wrong", wrong.content)
    run = desk.wait_for(f"{folder}/wrong")
    scene.console.print(Text(f"    {run.get('reason')}", style="dim"))
    check.equal(
        "it is quarantined, and nothing of it is booked",
        expected=("quarantined", 0),
        seen=(run.get("status"), run["counts"]["rows"]),
    )
    check.end_chapter()


def _decide(scene: Scene, desk: Desk, shop: Shop, told: _Told) -> None:
    check = scene.checks
    found = told.broken("amount_mismatch")
    path = f"/v1/payments/{found['payment_id']}"
    payment = shop.get(path)
    share = int(payment.member("amount_minor")) - expected_fee_minor(
        int(payment.member("amount_minor"))
    )
    available = int(shop.available_minor() or 0)
    scene.chapter(
        "An operator corrects a break, and takes that back",
        f"{found['id']}: {found['reason']}.",
    )
    for posting in found["correction"]:
        line = f"    {posting['account']:<20} {posting['amount_minor']:>10,}"
        scene.console.print(Text(line, style="dim"))
    key = secrets.token_hex(8)
    corrected = desk.decide(found, "correct", "Stripe confirmed it by mail", key=key)
    again = desk.decide(found, "correct", "Stripe confirmed it by mail", key=key)
    check.equal(
        "corrected once, however often it is asked for",
        expected=(200, "corrected", corrected.body),
        seen=(corrected.status, corrected.member("status"), again.body),
    )
    balance_is(scene, shop, available + share)
    check.equal(
        "the payment is settled by the break's file, so that no other books it again",
        expected=told.run["id"],
        seen=shop.get(path).member("settlement_id"),
    )
    reopened = desk.decide(found, "reopen", "it was another payment", key=secrets.token_hex(8))
    check.equal(
        "reopened: its reversal is posted",
        expected=(200, "open", 2),
        seen=(reopened.status, reopened.member("status"), len(reopened.member("decisions") or [])),
    )
    balance_is(scene, shop, available)
    check.end_chapter()


def _summarize(scene: Scene, desk: Desk, told: Iterable[_Told]) -> None:
    check = scene.checks
    scene.chapter(
        "What is open everywhere?",
        "GET /v1/reconciliation/summary: breaks by kind and age, and the sums at risk.",
    )
    summary = desk.client.call("GET", "/v1/reconciliation/summary")
    at_least = sum(len(each.breaks) for each in told)
    open_breaks = summary.member("open_breaks") or {}
    counted = int(open_breaks.get("count", 0))
    for kind, one in open_breaks.get("by_kind", {}).items():
        line = f"    {one['count']:>4} {kind:<20} at risk {one['at_risk_minor']}"
        scene.console.print(Text(line, style="dim"))
    check.holds(
        "all breaks of the four files are open, and counted",
        summary.status == 200 and counted >= at_least,
        expected=f"{at_least} or more",
        seen=str(counted),
    )
    check.end_chapter()
