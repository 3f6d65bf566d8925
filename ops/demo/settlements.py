"""What does the bank say of a day's payments? Its settlement files, with everything in them that
can be wrong, and what the operator and the merchants see of it.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rich.text import Text

from ops.demo.bank_file import COLUMNS, SPOILED, BankFile, Line, make_seeds, write_file
from ops.demo.breaks import check_breaks, table_of
from ops.demo.business import Day
from ops.demo.desk import Desk, Document
from ops.demo.scene import Scene
from ops.demo.story import refused_with

SETTLED_EARLY = 3
REFUNDS_AFTER = 60
BAR_CHARACTERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What the day's file has left.

    Attributes:
        key: of the file in the bucket.
        settlement_id: of its run.
        payment: that a row of it matched; so with `refund`.
        broken_id: the payment that a break names.
    """

    key: str
    settlement_id: str
    payment: Line
    refund: Line
    broken_id: str


def settle_the_day(scene: Scene, desk: Desk, day: Day) -> Settled:
    """Chapters: a first small file, the file of the day, its copy, a strange one; who sees what."""
    folder = f"incoming/demo-{secrets.token_hex(4)}"
    early, rest = day.payments[:SETTLED_EARLY], day.payments[SETTLED_EARLY:]
    early_id = _settle_early(scene, desk, f"{folder}/early.csv", early)

    spoiled, sound = rest[:SPOILED], rest[SPOILED:]
    file = write_file(
        [*sound[:REFUNDS_AFTER], *day.refunded, *day.refunds, *sound[REFUNDS_AFTER:]],
        make_seeds(
            spoiled=spoiled,
            sound=sound,
            declined=day.declined,
            refund=day.refunds[0],
            settled=early,
            settled_by=early_id,
        ),
    )
    key = f"{folder}/day.csv"
    run = _settle_whole(scene, desk, day, key, file)
    path = f"/v1/payments/{sound[0].payment_id}"
    owner = day.owners[sound[0].payment_id]
    _send_again(
        scene,
        desk,
        folder,
        file,
        settlement_id=str(run["id"]),
        read_payment=lambda: owner.get(path).body,
    )
    mismatched = next(one for one in file.planted if one.kind == "amount_mismatch")
    broken_id = str(mismatched.payment_id)
    _show_merchants(scene, day, run, sound[0].payment_id, broken_id)
    return Settled(
        key=key,
        settlement_id=str(run["id"]),
        payment=sound[0],
        refund=day.refunds[0],
        broken_id=broken_id,
    )


def _settle_early(scene: Scene, desk: Desk, key: str, payments: tuple[Line, ...]) -> str:
    """Chapter: a file without a fault. Returns its run's id."""
    scene.chapter(
        f"The bank sends a first file, of {len(payments)} payments",
        "Dropped into the bucket, which tells the queue, which calls the function.",
    )
    file = write_file(payments)
    desk.upload(key, file.content)
    run = follow(scene, desk, key, file)
    check_run(scene, run, file)
    scene.checks.end_chapter()
    return str(run["id"])


def _settle_whole(scene: Scene, desk: Desk, day: Day, key: str, file: BankFile) -> Document:
    """Chapter: a file with breaks of every kind. Returns its run."""
    scene.chapter(
        f"The bank sends the file of the day: {file.rows} rows, {len(file.planted)} of them wrong",
        "Every row must match its payment or refund, or be exactly one break.",
    )
    before_minor = [shop.available_minor() for shop in day.shops]
    desk.upload(key, file.content)
    run = follow(scene, desk, key, file)
    check_run(scene, run, file)
    breaks = desk.breaks_of(str(run["id"]))
    scene.console.print(table_of(breaks))
    check_breaks(scene.checks, file.planted, breaks, settlement_id=str(run["id"]))
    scene.checks.equal(
        "no balance has moved: the money of these payments moved when they were made",
        expected=before_minor,
        seen=[shop.available_minor() for shop in day.shops],
    )
    scene.checks.end_chapter()
    return run


def _send_again(
    scene: Scene,
    desk: Desk,
    folder: str,
    file: BankFile,
    *,
    settlement_id: str,
    read_payment: Callable[[], bytes],
) -> None:
    """Chapter: the same content under another name, and a file with a strange header."""
    check = scene.checks
    scene.chapter(
        "The bank sends the same file under another name, and then one with a strange header",
        "A copy books nothing; a file that is not understood is put aside whole.",
    )
    header = ",".join(COLUMNS)
    strange = file.content.replace(header.encode(), header.replace("minor", "cents").encode(), 1)
    settled = read_payment()
    desk.upload(f"{folder}/day (1).csv", file.content)
    desk.upload(f"{folder}/strange.csv", strange)
    copy = desk.wait_for(f"{folder}/day (1).csv")
    check.equal(
        "the copy is completed, as a duplicate of the first",
        expected=("completed", settlement_id),
        seen=(copy.get("status"), copy.get("duplicate_of")),
    )
    check.equal(
        "and no row of it was booked",
        expected={"rows": 0, "matched": 0, "breaks": 0, "rejected": 0},
        seen=copy.get("counts"),
    )
    refused = desk.wait_for(f"{folder}/strange.csv")
    reason = f"line 1 must be the header {header}; the column amount_minor is missing"
    check.equal(
        "the strange one is quarantined: the column amount_minor is missing",
        expected=("quarantined", reason),
        seen=(refused.get("status"), refused.get("reason")),
    )
    check.equal(
        "a payment of that day is as it was, byte for byte", expected=settled, seen=read_payment()
    )
    check.end_chapter()


def _show_merchants(scene: Scene, day: Day, run: Document, matched_id: str, broken_id: str) -> None:
    """Chapter: what a merchant sees of it."""
    check = scene.checks
    scene.chapter(
        "A merchant looks at its payments",
        f"GET /v1/payments/{matched_id}: settled by which file, and when.",
    )
    matched = day.owners[matched_id].get(f"/v1/payments/{matched_id}")
    check.equal(
        "settlement_id is the day's file",
        expected=run["id"],
        seen=matched.member("settlement_id"),
    )
    settled_at = str(matched.member("settled_at"))
    began, ended = str(run["started_at"]), str(run["completed_at"])
    check.holds(
        f"settled_at is {settled_at}",
        began <= settled_at <= ended,
        expected=f"a time from {began} to {ended}",
        seen=settled_at,
    )
    broken = day.owners[broken_id].get(f"/v1/payments/{broken_id}")
    check.equal(
        "the one with another amount in the file is not settled",
        expected=(200, None, None),
        seen=(broken.status, broken.member("settlement_id"), broken.member("settled_at")),
    )
    refused_with(scene, day.shops[0].get("/v1/settlements"), 403, "forbidden")
    check.end_chapter()


def follow(scene: Scene, desk: Desk, key: str, file: BankFile) -> Document:
    """The run of a file that was dropped, once it has ended; its progress shown on the way."""
    told: list[tuple[int, int]] = []
    with scene.console.status("    the file is on its way...") as status:

        def watch(run: Document) -> None:
            rows, percent = run["progress"]["rows"], run["progress"]["percent"]
            if told and told[-1] == (rows, percent):
                return
            told.append((rows, percent))
            line = f"    {_bar(percent)} row {rows} of {file.rows}"
            if scene.console.is_terminal and run["status"] == "processing":
                status.update(line)
            else:
                scene.console.print(Text(line, style="dim"))

        run = desk.wait_for(key, watch)
    scene.checks.equal(
        "its progress only ever rose, up to the last row",
        expected=[*sorted(set(told[:-1])), (file.rows, 100)],
        seen=told,
    )
    return run


def _bar(percent: int) -> str:
    full = percent * BAR_CHARACTERS // 100
    return f"{'█' * full}{'░' * (BAR_CHARACTERS - full)} {percent:3d} %"


def check_run(scene: Scene, run: Document, file: BankFile) -> None:
    """Hold a run that has ended against what is in its file."""
    check = scene.checks
    breaks = len(file.planted)
    check.equal(
        "the run is completed",
        expected=("completed", None),
        seen=(run.get("status"), run.get("reason")),
    )
    check.equal(
        f"{file.rows - breaks} of {file.rows} rows match, and {breaks} are breaks",
        expected={
            "rows": file.rows,
            "matched": file.rows - breaks,
            "breaks": breaks,
            "rejected": file.breaks_by_kind.get("rejected_row", 0),
        },
        seen=run.get("counts"),
    )
    if breaks:
        check.equal(
            "its breaks are counted by kind",
            expected=file.breaks_by_kind,
            seen=run.get("breaks_by_kind"),
        )
    check.equal(
        f"its sums are the file's: {'; '.join(_sum(c, s) for c, s in file.sums.items())}",
        expected=dict(file.sums),
        seen=run.get("sums"),
    )


def _sum(currency: str, sums: Mapping[str, int]) -> str:
    return f"{currency} {sums['gross_minor']:,} less fees of {sums['fee_minor']:,}"
