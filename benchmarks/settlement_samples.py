"""What settlement files are read to measure the reading? One of each format, with as many rows as
asked for, totals that agree, and payouts where the format has them. The same rows every time.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from oncepay.domain.identifiers import derive_id, hash_of

ROWS_OF_A_PAYOUT = 5_000
"""The last of them is the payout itself; and so is the last row of the file."""

_ONE_BAD_ROW_IN = 100
_FIRST_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
_LINES_AT_ONCE = 1_000


def write_sample(path: Path, lines: Iterator[str]) -> None:
    """Write a file line by line: never is the whole of it held."""
    with path.open("w", encoding="utf-8", newline="") as file:
        batch: list[str] = []
        for line in lines:
            batch.append(line)
            if len(batch) == _LINES_AT_ONCE:
                file.write("\n".join(batch) + "\n")
                batch.clear()
        file.writelines(f"{line}\n" for line in batch)


def native(rows: int) -> Iterator[str]:
    """Our own format; every tenth row is a refund."""
    yield "row_id,type,payment_id,amount_minor,fee_minor,currency,occurred_at"
    for number in range(1, rows + 1):
        kind = "payment" if number % 10 else "refund"
        yield (
            f"row-{number:08},{kind},{_payment_id(number)},{_gross(number)},{_cost(number)},"
            f"{'USD' if number % 3 else 'EUR'},{_moment(number):%Y-%m-%dT%H:%M:%SZ}"
        )


def native_with_bad_rows(rows: int) -> Iterator[str]:
    """The same, in which every hundredth row cannot be read."""
    for number, line in enumerate(native(rows)):
        yield line if number % _ONE_BAD_ROW_IN or not number else line.replace(",", ",,", 1)


def native_quoted(rows: int) -> Iterator[str]:
    """The same, every cell in quotes, as some programs write them."""
    for line in native(rows):
        yield '"' + line.replace(",", '","') + '"'


def stripe(rows: int) -> Iterator[str]:
    """Stripe's payout reconciliation report, with the payouts themselves."""
    yield (
        "automatic_payout_id,automatic_payout_effective_at_utc,balance_transaction_id,created_utc,"
        "available_on_utc,currency,gross,fee,net,reporting_category,source_id,payment_intent_id,"
        "customer_facing_amount,customer_facing_currency,payment_metadata[payment_id]"
    )
    net = 0
    for number in range(1, rows + 1):
        moment = f"{_moment(number):%Y-%m-%d %H:%M:%S}"
        batch = f"po_{(number - 1) // ROWS_OF_A_PAYOUT:08}"
        start = f"{batch},{moment},txn_{number:08},{moment},{moment},usd"
        if _is_payout(number, rows):
            yield f"{start},{_decimal(-net)},0.00,{_decimal(-net)},payout,{batch},,,,"
            net = 0
            continue
        gross, cost = _gross(number), _cost(number)
        net += gross - cost
        yield (
            f"{start},{_decimal(gross)},{_decimal(cost)},{_decimal(gross - cost)},charge,"
            f"ch_{number:08},pi_{number:08},{_decimal(gross)},usd,{_payment_id(number)}"
        )


def paypal(rows: int) -> Iterator[str]:
    """PayPal's settlement report: one section, with its totals."""
    yield '"RH",2026/01/06 02:44:19 -0800,"A","MERCH0000001",009,'
    yield '"FH",01'
    yield '"SH",2026/01/05 00:00:00 -0800,2026/01/05 23:59:59 -0800,"MERCH0000001",""'
    yield (
        '"CH","Transaction ID","Invoice ID","PayPal Reference ID","PayPal Reference ID Type",'
        '"Transaction Event Code","Transaction Initiation Date","Transaction Completion Date",'
        '"Transaction Debit or Credit","Gross Transaction Amount","Gross Transaction Currency",'
        '"Fee Debit or Credit","Fee Amount","Fee Currency","Custom Field","Consumer ID",'
        '"Payment Tracking ID","Store ID","Bank Reference ID","Credit Transactional Fee",'
        '"Credit Promotional Fee","Credit Term"'
    )
    for number in range(1, rows + 1):
        moment = f"{_moment(number):%Y/%m/%d %H:%M:%S} -0800"
        payment_id = _payment_id(number)
        yield (
            f'"SB","5AA{number:014}","{payment_id}","","","T0006",{moment},{moment},"CR",'
            f'{_gross(number)},"USD","DR",{_cost(number)},"USD","{payment_id}","BUYER0000001",'
            '"","","",,,'
        )
    gross = sum(map(_gross, range(1, rows + 1)))
    cost = sum(map(_cost, range(1, rows + 1)))
    net = gross - cost
    yield f'"SF","USD",{gross},0,0,{cost},"CR",0,"CR",{net},"CR",0,"CR",{net},"CR",0,"CR",0,{rows}'
    yield f'"SC",{rows}'


def adyen(rows: int) -> Iterator[str]:
    """Adyen's settlement details report, with the payouts themselves."""
    yield (
        "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,"
        "Creation Date,TimeZone,Type,Modification Reference,Gross Currency,Gross Debit (GC),"
        "Gross Credit (GC),Exchange Rate,Net Currency,Net Debit (NC),Net Credit (NC),"
        "Commission (NC),Markup (NC),Scheme Fees (NC),Interchange (NC),Payment Method Variant,"
        "Modification Merchant Reference,Batch Number,Reserved4,Reserved5,Reserved6,Reserved7,"
        "Reserved8,Reserved9,Reserved10"
    )
    net = 0
    for number in range(1, rows + 1):
        moment = f"{_moment(number):%Y-%m-%d %H:%M:%S},CET"
        batch = (number - 1) // ROWS_OF_A_PAYOUT + 1
        if _is_payout(number, rows):
            yield (
                f"Acme,AcmeWeb,,,,{moment},MerchantPayout,TX-batch-{batch},,,,,EUR,{_decimal(net)},"
                f",,,,,,,{batch},,,,,,,"
            )
            net = 0
            continue
        gross, cost = _gross(number), _cost(number)
        net += gross - cost
        yield (
            f"Acme,AcmeWeb,PSP{number:013},{_payment_id(number)},visa,{moment},Settled,"
            f"MOD{number:013},EUR,,{_decimal(gross)},1,EUR,,{_decimal(gross - cost)},"
            f"{_decimal(cost)},,,,visaclassic,,{batch},,,,,,,"
        )


SAMPLES: dict[str, Callable[[int], Iterator[str]]] = {
    "native": native,
    "native, 1 % bad": native_with_bad_rows,
    "native, quoted": native_quoted,
    "stripe": stripe,
    "paypal": paypal,
    "adyen": adyen,
}


def _is_payout(number: int, rows: int) -> bool:
    return number % ROWS_OF_A_PAYOUT == 0 or number == rows


def _payment_id(number: int) -> str:
    return derive_id("pay", hash_of("benchmark", str(number)))


def _gross(number: int) -> int:
    # A prime step, so that amounts do not repeat soon.
    return 100 + number * 7_919 % 90_000


def _cost(number: int) -> int:
    return 30 + _gross(number) * 29 // 1_000


def _decimal(amount_minor: int) -> str:
    whole, cents = divmod(abs(amount_minor), 100)
    return f"{'-' if amount_minor < 0 else ''}{whole}.{cents:02}"


def _moment(number: int) -> datetime:
    return _FIRST_MOMENT + timedelta(seconds=number * 7)
