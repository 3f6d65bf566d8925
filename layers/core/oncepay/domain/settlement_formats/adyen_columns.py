"""Which columns of an Adyen settlement details report are read, and what do its types mean?

Source: Adyen, "Settlement details report" and "Currency codes and minor units", as of 2026-11.
"""

from oncepay.domain.settlement_formats.row import RowKind

REFERENCE = "Psp Reference"
TIME = "Creation Date"
ZONE = "TimeZone"
OWN_REFERENCE = "Modification Reference"
GROSS_CURRENCY, GROSS_DEBIT, GROSS_CREDIT = (
    "Gross Currency",
    "Gross Debit (GC)",
    "Gross Credit (GC)",
)
NET_CURRENCY, NET_DEBIT, NET_CREDIT = "Net Currency", "Net Debit (NC)", "Net Credit (NC)"
COMMISSION, MARKUP = "Commission (NC)", "Markup (NC)"
SCHEME_FEES, INTERCHANGE = "Scheme Fees (NC)", "Interchange (NC)"
BATCH = "Batch Number"

COLUMNS = (
    REFERENCE,
    "Merchant Reference",
    TIME,
    ZONE,
    "Type",
    OWN_REFERENCE,
    BATCH,
    GROSS_CURRENCY,
    GROSS_DEBIT,
    GROSS_CREDIT,
    "Exchange Rate",
    NET_CURRENCY,
    NET_DEBIT,
    NET_CREDIT,
    COMMISSION,
    MARKUP,
    SCHEME_FEES,
    INTERCHANGE,
)
KINDS = {
    "Settled": RowKind.PAYMENT,
    "Refunded": RowKind.REFUND,
    "RefundedReversed": RowKind.REFUND_FAILED,
    "Chargeback": RowKind.DISPUTE,
    "SecondChargeback": RowKind.DISPUTE,
    "ChargebackReversed": RowKind.DISPUTE_WON,
    "Fee": RowKind.FEE,
    "MiscCosts": RowKind.FEE,
    "InvoiceDeduction": RowKind.FEE,
    "PaymentCost": RowKind.FEE,
    "MerchantPayout": RowKind.PAYOUT,
    "BankInstructionReturned": RowKind.PAYOUT_RETURNED,
}
# Adyen writes these two with decimals, which are always noughts.
DECIMALS = {"CLP": 2, "ISK": 2}
