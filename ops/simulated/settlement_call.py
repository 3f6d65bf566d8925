"""What settlement file is asked for, and how is it given? POST /control/settlements.

    format                      native, stripe, paypal or adyen
    processor                   whose charges: native, stripe or paypal. Those of stripe and paypal
                                are written of their own, and so by default; the others of any, by
                                default of native
    created_from, created_to    only rows of what happened from then on, and before then
    breaks                      {kind: how many}: see settlement_breaks
    wrong_totals                true: one total is wrong, where the file has one
    encoding                    utf-8, utf-8-bom, utf-16, or gzip (of UTF-8)
    seed                        of the breaks' places; the same one, the same file
    fee_basis_points            of the merchant's own fee, which only the native format tells

The answer is the file. Its header X-Settlement-Breaks lists the breaks, in JSON: {kind, payment_id,
row}, where row counts the file's rows from 1 and is null for what is left out.
"""

import codecs
import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from oncepay.domain.errors import InvalidRequest
from oncepay.domain.times import parse_time
from ops.simulated import (
    settlement_adyen,
    settlement_native,
    settlement_paypal,
    settlement_stripe,
)
from ops.simulated.calls import BadCall, Fields, Reply
from ops.simulated.engine import Engine
from ops.simulated.payouts import Batch, Payouts
from ops.simulated.records import NATIVE
from ops.simulated.settlement_breaks import KINDS, MAX_BREAKS, Breaker
from ops.simulated.settlement_rows import Row, Statement, Window, rows_of

HEADER = "X-Settlement-Breaks"
FEE_BASIS_POINTS = 200
"""What a merchant of the local stack pays unless it has a fee of its own."""
MAX_SEED = 2**31 - 1

_FACES = {"native": NATIVE, "stripe": "stripe", "paypal": "paypal"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Format:
    """How a statement becomes a text.

    Attributes:
        faces: whose charges can be written so, the usual one first.
        cannot_break: kinds of breaks that it cannot have.
        can_write: whether it has words for a row.
        has_total: whether the file has a total.
        batches: what it says of its payouts, by currency, where it names them.
    """

    write: Callable[[Statement], str]
    name_file: Callable[[Statement], str]
    faces: tuple[str, ...]
    cannot_break: tuple[str, ...]
    can_write: Callable[[Row], bool] = lambda _: True
    has_total: Callable[[Statement], bool]
    batches: Callable[[Statement], Mapping[str, Batch]] = lambda _: {}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Encoding:
    """How a text becomes the file's bytes."""

    encode: Callable[[str], bytes]
    content_type: str = "text/csv"
    suffix: str = ""


# Nobody else knows our fee; and of a row that cannot be read nobody could say whether totals hold.
_OF_NATIVE_ONLY = ("fee_mismatch", "rejected_row")
_FORMATS = {
    "native": _Format(
        write=settlement_native.write,
        name_file=settlement_native.name_file,
        faces=("native", "stripe", "paypal"),
        cannot_break=(),
        can_write=settlement_native.can_write,
        has_total=lambda _: False,
    ),
    "stripe": _Format(
        write=settlement_stripe.write,
        name_file=settlement_stripe.name_file,
        faces=("stripe",),
        cannot_break=_OF_NATIVE_ONLY,
        has_total=lambda statement: any(net > 0 for net in statement.nets().values()),
        batches=settlement_stripe.batches_of,
    ),
    "paypal": _Format(
        write=settlement_paypal.write,
        name_file=settlement_paypal.name_file,
        faces=("paypal",),
        cannot_break=_OF_NATIVE_ONLY,
        has_total=lambda _: True,
    ),
    "adyen": _Format(
        write=settlement_adyen.write,
        name_file=settlement_adyen.name_file,
        faces=("native", "stripe", "paypal"),
        cannot_break=_OF_NATIVE_ONLY,
        has_total=lambda statement: any(statement.nets().values()),
        batches=settlement_adyen.batches_of,
    ),
}


def _utf_8(text: str) -> bytes:
    # A name may hold half of a pair, as JSON can say it and no file can.
    return text.encode("utf-8", "replace")


_ENCODINGS = {
    "utf-8": _Encoding(encode=_utf_8),
    "utf-8-bom": _Encoding(encode=lambda text: codecs.BOM_UTF8 + _utf_8(text)),
    "utf-16": _Encoding(
        encode=lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le", "replace")
    ),
    "gzip": _Encoding(
        # Without the time at which it was made: the same file is the same bytes.
        encode=lambda text: gzip.compress(_utf_8(text), mtime=0),
        content_type="application/gzip",
        suffix=".gz",
    ),
}


def give_settlement(engine: Engine, payouts: Payouts, fields: Fields) -> Reply:
    """The file that is asked for; and what it pays out is kept. Raises: BadCall."""
    name = _read_choice(fields, "format", tuple(_FORMATS))
    form = _FORMATS[name]
    processor = _read_choice(fields, "processor", form.faces, form.faces[0])
    face = _FACES[processor]
    window = _read_window(fields)
    wanted = _read_breaks(fields, name)
    is_wrong = bool(fields.optional_yes_or_no("wrong_totals"))
    encoding = _ENCODINGS[_read_choice(fields, "encoding", tuple(_ENCODINGS), "utf-8")]
    seed = fields.optional_whole_number("seed", least=0, most=MAX_SEED) or 0
    fee_basis_points = fields.optional_whole_number("fee_basis_points", least=0, most=10_000)
    fields.nothing_else()
    now = engine.now()
    rows = rows_of(
        engine.record(),
        engine.disputes(),
        face=face,
        window=window,
        fee_basis_points=FEE_BASIS_POINTS if fee_basis_points is None else fee_basis_points,
    )
    breaker = Breaker([row for row in rows if form.can_write(row)], face=face, seed=seed, now=now)
    written, breaks = breaker.put(wanted)
    statement = Statement(rows=written, now=now, wrong_by_minor=int(is_wrong))
    if is_wrong and not form.has_total(statement):
        raise BadCall(f"wrong_totals: this file of the format {name} has no total")
    if processor == form.faces[0]:
        # In another format than its own a face's payouts have names that it does not know.
        payouts.keep_batches(face, form.batches(statement))
    file_name = form.name_file(statement) + encoding.suffix
    return Reply(
        200,
        encoding.encode(form.write(statement)),
        content_type=encoding.content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{file_name}"',
            HEADER: json.dumps([each.write() for each in breaks], separators=(",", ":")),
        },
    )


def _read_choice(
    fields: Fields, name: str, choices: tuple[str, ...], otherwise: str | None = None
) -> str:
    chosen = fields.optional_text(name) or otherwise or fields.text(name)
    if chosen not in choices:
        raise BadCall(f"{name} must be one of: {', '.join(choices)}")
    return chosen


def _read_window(fields: Fields) -> Window:
    first, end = _read_time(fields, "created_from"), _read_time(fields, "created_to")
    if first is not None and end is not None and first >= end:
        raise BadCall("created_from must be before created_to")
    return Window(first=first, end=end)


def _read_time(fields: Fields, name: str) -> datetime | None:
    text = fields.optional_text(name)
    try:
        return None if text is None else parse_time(text, param=name)
    except InvalidRequest as error:
        raise BadCall(error.detail) from None


def _read_breaks(fields: Fields, format_name: str) -> dict[str, int]:
    given = fields.optional_object("breaks")
    try:
        wanted = {
            kind: given.optional_whole_number(kind, least=0, most=MAX_BREAKS) or 0 for kind in KINDS
        }
        given.nothing_else()
    except BadCall as bad:
        raise BadCall(f"breaks: {bad.message}; there are {', '.join(sorted(KINDS))}") from None
    for kind in _FORMATS[format_name].cannot_break:
        if wanted[kind]:
            raise BadCall(f"breaks: the format {format_name} cannot have {kind}")
    if sum(wanted.values()) > MAX_BREAKS:
        raise BadCall(f"breaks: there may be {MAX_BREAKS} of them together")
    return wanted
