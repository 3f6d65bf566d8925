"""Which rows can nobody read, and which files are wrong as a whole?

Each hazard is a way in which real files go wrong, or somebody tries what a reader does with them.
"""

from collections.abc import Mapping, Sequence
from typing import Final

ROW_ID, TYPE, PAYMENT_ID, AMOUNT, FEE, CURRENCY, OCCURRED_AT = range(7)

HEADER: Final = "row_id,type,payment_id,amount_minor,fee_minor,currency,occurred_at"

_NO_NUMBERS: Final = {
    "decimal point": "12.50",
    "decimal comma": '"12,50"',
    "exponent": "1e3",
    "underscore": "1_000",
    "thousands": '"1,000"',
    "arabic digits": "\u0661\u0662\u0660\u0660",
    "full-width digits": "\uff11\uff12",
    "superscript": "5\u00b2",
    "not a number": "NaN",
    "infinity": "Infinity",
    "negative": "-5",
    "signed": "+5",
    "empty": "",
    "blank before": " 5000",
    "blank after": "5000 ",
    "no-break space": "5\u00a0000",
    "byte order mark inside": "\ufeff5000",
    "hexadecimal": "0x10",
    "formula": "=1+1",
    "quoted formula": '"=HYPERLINK(""http://example.com"",""5000"")"',
    "one too many": "1000000000000001",
    "forty digits": "9" * 40,
    "five thousand digits": "1" + "0" * 5_000,
    "nul": "5000\0",
    "quoted newline": '"50\n00"',
    "text after the quote": '"50"00',
    "word": "five",
    "null": "null",
}

_NO_NAMES: Final = {
    "empty": "",
    "formula": "=cmd|' /C calc'!A0",
    "formula plus": "+1",
    "formula minus": "-1",
    "formula at": "@SUM(A1)",
    "begins with an underscore": "_r1",
    "blank inside": "r 1",
    "blank before": " r1",
    "tab": "r\t1",
    "accent": "r\u00e9",
    "emoji": "\U0001f4b8",
    "nul": "r\x001",
    "quoted newline": '"r\n1"',
    "quoted comma": '"r,1"',
    "quote inside": 'r"1',
    "101 characters": "r" * 101,
    "beyond the csv module's limit": "r" * 131_073,
    "right-to-left mark": "r\u200f1",
}

_NO_TYPES: Final = {
    "empty": "",
    "capital": "Payment",
    "upper case": "REFUND",
    "plural": "payments",
    "other": "chargeback",
    "blank after": "payment ",
    "formula": "=payment",
}

_NO_CURRENCIES: Final = {
    "empty": "",
    "lower case": "usd",
    "mixed case": "Usd",
    "too short": "US",
    "too long": "USDX",
    "unknown": "XQQ",
    "no currency involved": "XXX",
    "gold": "XAU",
    "test code": "XTS",
    "sign": "$",
    "number": "840",
    "cyrillic look-alike": "U\u0405D",
    "blank after": "USD ",
}

_NO_TIMES: Final = {
    "empty": "",
    "impossible date": "2026-02-30T10:00:00Z",
    "no leap year": "2026-02-29T10:00:00Z",
    "month 13": "2026-13-01T10:00:00Z",
    "day 0": "2026-01-00T10:00:00Z",
    "hour 24": "2026-01-01T24:00:00Z",
    "minute 60": "2026-01-01T10:60:00Z",
    "second 61": "2026-01-01T10:00:61Z",
    "date only": "2026-01-01",
    "no zone": "2026-01-01T10:00:00",
    "zone of 25 hours": "2026-01-01T10:00:00+25:00",
    "zone without colon": "2026-01-01T10:00:00+0100",
    "basic format": "20260101T100000Z",
    "week date": "2026-W01-1T10:00:00Z",
    "epoch": "1767225600",
    "american": "01/02/2026 10:00",
    "arabic digits": "\u0662\u0660\u0662\u0666-01-01T10:00:00Z",
    "five-digit year": "12026-01-01T10:00:00Z",
    "comma fraction": '"2026-01-01T10:00:00,5Z"',
    "bare point": "2026-01-01T10:00:00.Z",
    "blank after": "2026-01-01T10:00:00Z ",
    "word": "yesterday",
    "formula": "=NOW()",
}

_OF_COLUMN: Final[Mapping[str, tuple[int, Mapping[str, str]]]] = {
    "row_id": (ROW_ID, _NO_NAMES),
    "type": (TYPE, _NO_TYPES),
    "payment_id": (PAYMENT_ID, _NO_NAMES),
    "amount_minor": (AMOUNT, _NO_NUMBERS),
    "fee_minor": (FEE, _NO_NUMBERS),
    "currency": (CURRENCY, _NO_CURRENCIES),
    "occurred_at": (OCCURRED_AT, _NO_TIMES),
}

_SHAPES: Final = (
    "short row", "long row", "trailing comma", "one column", "semicolons", "tabs", "only commas",
    "only a blank", "an empty quoted field", "total line", "whole row quoted", "header again",
)  # fmt: skip

HAZARDS: Final[Sequence[str]] = (
    *(f"{column}: {name}" for column, (_, values) in _OF_COLUMN.items() for name in values),
    *(f"row: {name}" for name in _SHAPES),
)
"""Every way in which `unreadable` can spoil a row."""


def unreadable(hazard: str, fields: Sequence[str]) -> str:
    """The text of a row, without its line end, that was readable but for this hazard."""
    column, _, name = hazard.partition(": ")
    if column == "row":
        return _misshapen(name, fields)
    index, values = _OF_COLUMN[column]
    return ",".join((*fields[:index], values[name], *fields[index + 1 :]))


def _misshapen(name: str, fields: Sequence[str]) -> str:
    return {
        "short row": ",".join(fields[:-1]),
        "long row": ",".join((*fields, "x")),
        "trailing comma": ",".join((*fields, "")),
        "one column": fields[ROW_ID],
        "semicolons": ";".join(fields),
        "tabs": "\t".join(fields),
        "only commas": "," * (len(fields) - 1),
        "only a blank": " ",
        "an empty quoted field": '""',
        "total line": f"TOTAL,,,{fields[AMOUNT]},,{fields[CURRENCY]},",
        "whole row quoted": f'"{",".join(fields)}"',
        "header again": HEADER,
    }[name]


def wrong_files(good: bytes) -> dict[str, bytes]:
    """Files that are wrong as a whole, made of a right one without a quote, of at least one row."""
    text = good.decode("utf-8")
    _, _, rows = text.partition("\n")
    return {
        "empty": b"",
        "line ends only": b"\r\n\r\n",
        "byte order mark only": b"\xef\xbb\xbf",
        "utf-16 without mark": text.encode("utf-16-le"),
        "cp1252 in the last row": good.rstrip(b"\r\n") + "\nr\u00e9".encode("cp1252"),
        "cut inside a character": good + "\u00e9".encode()[:1],
        "no header": rows.encode(),
        "header in capitals": f"{HEADER.upper()}\n{rows}".encode(),
        "header in another order": (
            f"type,row_id,payment_id,amount_minor,fee_minor,currency,occurred_at\n{rows}"
        ).encode(),
        "column missing": f"{HEADER.removesuffix(',occurred_at')}\n{rows}".encode(),
        "column twice": f"{HEADER.replace('fee_minor', 'amount_minor')}\n{rows}".encode(),
        "column too many": f"{HEADER},note\n{rows}".encode(),
        "blank in the header": f"{HEADER.replace(',', ', ')}\n{rows}".encode(),
        "semicolons": text.replace(",", ";").encode(),
        "unclosed quote in the last row": good + b'r,payment,"pay_',
        "unclosed quote in the first row": f'{HEADER}\n"{rows}'.encode(),
        "unclosed quote in the header": f'"{HEADER}\n{rows}'.encode(),
        "not a table at all": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    }
