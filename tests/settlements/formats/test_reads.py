"""The oracle's readers, held against rows that were worked out by hand.

Samples are synthetic, in the forms that Stripe ("Payout reconciliation report"), PayPal
("Settlement report", version 9) and Adyen ("Settlement details report") publish, as of 2026-11.
"""

import gzip
from datetime import UTC, datetime

import pytest

from tests.settlements.formats.oracle import read
from tests.settlements.formats.said import QuarantinedError, Said, Unreadable

STRIPE = """\
automatic_payout_id,balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,\
source_id,payment_intent_id,payment_metadata[payment_id]
po_A1,txn_01,2026-01-02 10:11:12,usd,25.00,1.03,23.97,charge,ch_01,pi_01,pay_01
po_A1,txn_02,2026-01-03 09:00:00,usd,-10.00,0.00,-10.00,refund,re_01,pi_01,pay_01
po_A1,txn_03,2026-01-03 12:30:00,usd,-25.00,15.00,-40.00,dispute,dp_01,pi_02,pay_02
"""
PAYPAL = """\
"RH",2026/01/06 02:44:19 -0800,"A","MERCH0000001",009,
"FH",01
"SH",2026/01/05 00:00:00 -0800,2026/01/05 23:59:59 -0800,"MERCH0000001",""
"CH","Transaction ID","Invoice ID","PayPal Reference ID","PayPal Reference ID Type",\
"Transaction Event Code","Transaction Initiation Date","Transaction Completion Date",\
"Transaction  Debit or Credit","Gross Transaction Amount","Gross Transaction Currency",\
"Fee Debit or Credit","Fee Amount","Fee Currency","Custom Field"
"SB","5AA00000AA000001A","pay_01","","","T0006",2026/01/05 09:00:00 -0800,\
2026/01/05 09:00:00 -0800,"CR",2500,"USD","DR",103,"USD","pay_01"
"SB","5AA00000AA000002A","pay_01","5AA00000AA000001A","TXN","T1107",2026/01/05 11:00:00 -0800,\
2026/01/05 11:00:00 -0800,"DR",1000,"USD","CR",0,"USD","pay_01"
"SF","USD",2500,1000,0,103,"CR",0,"CR",1397,"CR",0,"CR",1397,"CR",0,"CR",0,2
"SC",2
"""
ADYEN = """\
Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Creation Date,\
TimeZone,Type,Modification Reference,Gross Currency,Gross Debit (GC),Gross Credit (GC),\
Exchange Rate,Net Currency,Net Debit (NC),Net Credit (NC),Commission (NC),Markup (NC),\
Scheme Fees (NC),Interchange (NC),Batch Number
Acme,AcmeWeb,8810000000000001,pay_01,visa,2026-01-05 10:00:00,CET,Settled,8810000000000002,\
EUR,,25.00,1,EUR,,24.40,,0.30,0.05,0.25,7
Acme,AcmeWeb,8810000000000001,pay_01,visa,2026-01-06 11:00:00,CET,Refunded,8810000000000003,\
EUR,10.00,,1,EUR,10.10,,,0.10,,,7
Acme,AcmeWeb,,,,2026-01-07 02:00:00,CET,MerchantPayout,TX-batch-7,,,,,EUR,14.30,,,,,,7
"""


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 1, day, hour, minute, second, tzinfo=UTC)


def rows_of(text: str) -> list[Said | Unreadable]:
    return read(text.encode())[1]


def test_stripe__of_a_charge_a_refund_and_a_dispute() -> None:
    rest = ("USD", "po_A1")
    assert [tuple(row) for row in rows_of(STRIPE)] == [
        (
            1,
            2,
            "payment",
            "txn_01",
            "pay_01",
            "pi_01",
            "ch_01",
            2500,
            103,
            None,
            *rest,
            at(2, 10, 11, 12),
        ),
        (2, 3, "refund", "txn_02", "pay_01", "pi_01", "re_01", -1000, 0, None, *rest, at(3, 9)),
        (
            3,
            4,
            "dispute",
            "txn_03",
            "pay_02",
            "pi_02",
            "dp_01",
            -2500,
            1500,
            None,
            *rest,
            at(3, 12, 30),
        ),
    ]


def test_paypal__of_a_payment_and_a_refund() -> None:
    first, second = "5AA00000AA000001A", "5AA00000AA000002A"
    assert [tuple(row) for row in rows_of(PAYPAL)] == [
        (1, 5, "payment", first, "pay_01", first, first, 2500, 103, None, "USD", "1", at(5, 17)),
        (2, 6, "refund", second, "pay_01", first, second, -1000, 0, None, "USD", "1", at(5, 19)),
    ]


def test_adyen__of_a_payment_a_refund_and_what_was_paid_out() -> None:
    charge, first, second = "8810000000000001", "8810000000000002", "8810000000000003"
    assert [tuple(row) for row in rows_of(ADYEN)] == [
        (1, 2, "payment", first, "pay_01", charge, first, 2500, 60, None, "EUR", "7", at(5, 9)),
        (2, 3, "refund", second, "pay_01", charge, second, -1000, 10, None, "EUR", "7", at(6, 10)),
        (
            3,
            4,
            "payout",
            "TX-batch-7",
            None,
            None,
            "TX-batch-7",
            -1430,
            0,
            None,
            "EUR",
            "7",
            at(7, 1),
        ),
    ]


def test_format__is_known_by_the_first_record() -> None:
    native = "row_id,type,payment_id,amount_minor,fee_minor,currency,occurred_at\n"
    found = [read(text.encode())[0] for text in (native, STRIPE, PAYPAL, ADYEN)]
    assert found == ["native", "stripe", "paypal", "adyen"]


@pytest.mark.parametrize(
    "content",
    [
        STRIPE.encode("utf-8-sig"),
        ("\ufeff" + STRIPE).encode("utf-16-le"),
        ("\ufeff" + STRIPE).encode("utf-16-be"),
        gzip.compress(STRIPE.encode(), mtime=0),
        gzip.compress(STRIPE[:99].encode(), mtime=0) + gzip.compress(STRIPE[99:].encode(), mtime=0),
        STRIPE.replace("\n", "\r\n").encode(),
        STRIPE.replace("\n", "\r").encode(),
    ],
    ids=["mark", "utf-16-le", "utf-16-be", "gzip", "two members", "crlf", "cr"],
)
def test_encoding__changes_no_row(content: bytes) -> None:
    assert read(content)[1] == rows_of(STRIPE)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        ("\n" + STRIPE).encode(),
        STRIPE.encode("utf-16-le"),
        STRIPE.encode() + b"\xe9",
        gzip.compress(STRIPE.encode(), mtime=0)[:-1],
        gzip.compress(STRIPE.encode(), mtime=0) + b"more",
        STRIPE.replace(",fee,", ",kept,").encode(),
        STRIPE.replace("23.97", "23.98").encode(),
        (STRIPE + "po_A1,txn_04,2026-01-05 00:00:00,usd,0.01,0,0.01,payout,po_A1,,\n").encode(),
        (STRIPE + '"open').encode(),
        PAYPAL.replace("2500,1000,0,103", "2501,1000,0,103").encode(),
        PAYPAL.replace("2500,1000,0,103", "2500,1000,103,0").encode(),
        PAYPAL.replace('"SC",2', '"SC",3').encode(),
        PAYPAL.replace('"SC",2\n', "").encode(),
        PAYPAL.replace('"CR",0,2\n', '"CR",0,3\n').encode(),
        PAYPAL.replace('"CR",2500', '"CR",25.00').encode(),
        PAYPAL.replace("T1107", "T1300").encode(),
        (PAYPAL + '"RC",3\n').encode(),
        ADYEN.replace("14.30", "14.31").encode(),
        ADYEN.replace("14.30", "14,30").encode(),
        ADYEN.replace(",25.00,", ",25.01,").encode(),
        ADYEN.replace("CET,Settled", "XXX,Settled").encode(),
        ADYEN[: ADYEN.index("Acme,AcmeWeb,,")].encode(),
    ],
)
def test_file__that_is_damaged_or_fails_its_own_totals__is_quarantined(content: bytes) -> None:
    with pytest.raises(QuarantinedError):
        read(content)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (",25.00,1.03,23.97,", ',"25,00",1.03,23.97,'),
        (",25.00,1.03,23.97,", ",25.001,1.03,23.97,"),
        (",25.00,1.03,23.97,", ",,1.03,23.97,"),
        (",usd,25.00", ",xxx,25.00"),
        ("2026-01-02 10:11:12", "2026-02-30 10:11:12"),
        ("txn_01", ""),
        (",pay_01\npo_A1,txn_02", "\npo_A1,txn_02"),
        (",pay_01\npo_A1,txn_02", ',"pay\n01"\npo_A1,txn_02'),
        ("po_A1,txn_01", '"po"x,txn_01'),
    ],
)
def test_stripe__row_that_cannot_be_read__is_rejected_alone(before: str, after: str) -> None:
    assert STRIPE.count(before) == 1
    rows = rows_of(STRIPE.replace(before, after))
    assert [type(row) for row in rows] == [Unreadable, Said, Said]


def test_stripe__rejected_row_in_a_file_that_has_its_payout__quarantines_it() -> None:
    payout = "po_A1,txn_04,2026-01-05 00:00:00,usd,26.03,0,26.03,payout,po_A1,,\n"
    assert len(rows_of(STRIPE + payout)) == 4
    with pytest.raises(QuarantinedError):
        rows_of(STRIPE.replace("txn_01", "") + payout)
