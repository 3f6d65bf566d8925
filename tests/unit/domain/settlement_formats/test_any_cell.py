"""Whatever is in a cell, the row can be read, is rejected, or refuses the file: nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncepay.domain.settlement_formats.adyen import AdyenFormat
from oncepay.domain.settlement_formats.format import Format
from oncepay.domain.settlement_formats.paypal import PayPalFormat
from oncepay.domain.settlement_formats.row import FileRefused, RejectedRow, SettlementRow
from oncepay.domain.settlement_formats.stripe import StripeFormat
from tests.unit.domain.settlement_formats import test_adyen, test_paypal, test_stripe

FIRST_RECORDS_AND_ROW: dict[str, tuple[Format, list[list[str]], list[str]]] = {
    "stripe": (
        StripeFormat(),
        [[*test_stripe.COLUMNS]],
        [*(test_stripe.CHARGE[name] for name in test_stripe.COLUMNS)],
    ),
    "paypal": (
        PayPalFormat(),
        [["RH"], ["SH"], ["CH", *test_paypal.COLUMNS]],
        ["SB", *(test_paypal.PAYMENT[name] for name in test_paypal.COLUMNS)],
    ),
    "adyen": (
        AdyenFormat(),
        [[*test_adyen.COLUMNS]],
        [*(test_adyen.SETTLED.get(name, "") for name in test_adyen.COLUMNS)],
    ),
}
NUMBERS = st.from_regex(r"-?[0-9]{0,18}[.,]?[0-9]{0,9}", fullmatch=True)
TIMES = st.from_regex(
    r"[0-9]{4}[-/][0-9]{2}[-/][0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}( [+-][0-9]{4})?", fullmatch=True
)
CELLS = st.text(max_size=120) | NUMBERS | TIMES | st.sampled_from(("USD", "JPY", "DR", "SF", "T13"))


@pytest.mark.parametrize("name", FIRST_RECORDS_AND_ROW)
@given(cells=st.dictionaries(st.integers(min_value=0, max_value=17), CELLS, max_size=3))
def test_row__with_any_cells__is_read_or_rejected_or_refuses_the_file(
    name: str, cells: dict[int, str]
) -> None:
    one, first_records, row = FIRST_RECORDS_AND_ROW[name]
    reader = one.open(first_records[0])
    assert reader is not None
    for record in first_records[1:]:
        assert reader.read(record, number=1, line=1) is None
    record = [cells.get(place, cell) for place, cell in enumerate(row)]
    try:
        found = reader.read(record, number=1, line=5)
    except FileRefused as refused:
        assert refused.reason.startswith("line 5")
    else:
        is_row = isinstance(found, SettlementRow | RejectedRow)
        assert is_row == (name != "paypal" or record[0] == "SB")
