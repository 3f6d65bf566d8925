"""Does a request hold card data? We never take it: not stored, not logged, refused.

Refused are fields named like a card's secrets, and any string with 13 to 19 digits (blanks and
dashes allowed between them) that pass the Luhn check and begin like a card scheme's range. A UUID
is let through: its groups are fixed, and one in some thousands of random ones would look like a
card otherwise.

Source: ISO/IEC 7812-1 (lengths, Luhn) and the schemes' published ranges, as of 2026-01.
"""

import re
import unicodedata

_UUID = re.compile(
    r"(?<![0-9a-f])[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])", re.ASCII | re.IGNORECASE
)
# Blanks and dashes of every kind, those that nobody sees as well.
_BETWEEN = r"[\s\u00ad\u200b-\u200d\u2060\ufeff\u2010-\u2015\u2212-]"
_DIGIT_RUN = re.compile(rf"[0-9](?:{_BETWEEN}*[0-9]){{12,}}")
_NAME_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")

_SHORTEST, _LONGEST = 13, 19

_SECRET_WORDS = frozenset({"cvv", "cvc", "csc", "pan"})
_SECRET_PHRASES = (
    "cardnumber",
    "ccnumber",
    "primaryaccountnumber",
    "securitycode",
    "cardverification",
    "magstripe",
)
_TRACK_NAMES = frozenset({"track", "track1", "track2", "trackdata", "track1data", "track2data"})

# (first prefix, last prefix), compared on as many leading digits as they have.
_SCHEME_RANGES = (
    ("4", "4"),  # Visa
    ("51", "55"),  # Mastercard
    ("2221", "2720"),  # Mastercard
    ("34", "34"),  # American Express
    ("37", "37"),  # American Express
    ("300", "305"),  # Diners Club
    ("3095", "3095"),  # Diners Club
    ("36", "36"),  # Diners Club
    ("38", "39"),  # Diners Club
    ("3528", "3589"),  # JCB
    ("6011", "6011"),  # Discover
    ("644", "649"),  # Discover
    ("65", "65"),  # Discover, RuPay
    ("62", "62"),  # UnionPay
    ("81", "82"),  # UnionPay, RuPay
    ("60", "60"),  # RuPay
    ("50", "50"),  # Maestro
    ("56", "59"),  # Maestro
    ("61", "61"),  # Maestro
    ("63", "64"),  # Maestro
    ("66", "69"),  # Maestro
    ("2200", "2204"),  # Mir
)

_PREFIX = 4
# Every beginning of four digits that lies in one of the ranges.
_PREFIXES = frozenset(
    str(number)
    for first, last in _SCHEME_RANGES
    for number in range(int(first.ljust(_PREFIX, "0")), int(last.ljust(_PREFIX, "9")) + 1)
)
# Twice a digit, its two digits added, as the Luhn check wants every second one.
_DOUBLED = str.maketrans("0123456789", "0246813579")


def is_card_field(name: str) -> bool:
    """Whether a field is named like a card number or one of a card's secrets."""
    words = [word.lower() for word in _NAME_WORDS.findall(name)]
    joined = "".join(words)
    return (
        not _SECRET_WORDS.isdisjoint(words)
        or joined in _TRACK_NAMES
        or any(phrase in joined for phrase in _SECRET_PHRASES)
    )


def holds_card_number(text: str) -> bool:
    """Whether a string holds what looks like a card number."""
    if len(text) < _SHORTEST:
        return False
    if not text.isascii():
        # Full-width digits and blanks become plain ones.
        text = unicodedata.normalize("NFKC", text)
    # Most strings hold no run at all, and no UUID taken out of one makes one.
    if _DIGIT_RUN.search(text) is None:
        return False
    return any(_looks_like_card(run) for run in _DIGIT_RUN.findall(_UUID.sub(" / ", text)))


def _looks_like_card(run: str) -> bool:
    # Whole groups only: "4111 1111 1111 1111 05/27" is found, a slice of a longer number is not.
    groups = re.split(f"{_BETWEEN}+", run)
    for start in range(len(groups)):
        # At most 19 groups fit; a longer slice would make a run of single digits quadratic.
        candidates = groups[start : start + _LONGEST]
        if "".join(candidates[:_PREFIX])[:_PREFIX] not in _PREFIXES:
            continue
        digits = ""
        for group in candidates:
            digits += group
            if len(digits) > _LONGEST:
                break
            if len(digits) >= _SHORTEST and _passes_luhn(digits):
                return True
    return False


def _passes_luhn(digits: str) -> bool:
    doubled = digits[-2::-2].translate(_DOUBLED)
    return (sum(map(int, digits[-1::-2])) + sum(map(int, doubled))) % 10 == 0
