"""How is a packed answer read? docs/data-model.md, transcribed: `z1:`, and the base64 of a raw
deflate stream with a dictionary of what answers have in common.

The dictionary is a part of what is stored: an answer packed with it can be read with no other. It
is written down here once more, so that writers who change theirs are found out.
"""

import base64
import zlib
from typing import Final

MARK: Final = "z1:"
WINDOW_BITS: Final = -12
LONGEST_BYTES: Final = 400 * 1024
"""No item is larger. Source: DynamoDB service quotas, as of 2026-11."""

DICTIONARY: Final = (
    b'{"id":"brk_","object":"break","kind":"amount_mismatch","status":"corrected","row":1,'
    b'{"id":"cs_","object":"checkout_session","payment_id":"pay_","status":"open","url":"https://'
    b'","processor":"stripe","success_url":"https://","cancel_url":"https://","line_items":['
    b'{"name":"","quantity":1,"amount_minor":'
    b'{"type":"urn:oncepay:problem:card_declined","title":"Payment Required","status":402,'
    b'{"type":"urn:oncepay:problem:insufficient_funds","title":"Payment Required","status":402,'
    b'"detail":"the balance is lower than amount plus fee","instance":"/v1/payments",'
    b'"code":"insufficient_funds","payment_id":"pay_","request_id":"","retryable":false}'
    b'{"id":"dep_","object":"deposit","amount_minor":10000,"currency":"EUR","created_at":"20'
    b'{"id":"re_","object":"refund","payment_id":"pay_","amount_minor":1000,"currency":"USD",'
    b'"status":"succeeded","reason":null,"created_at":"20'
    b'","status":"requires_action","next_action":{"url":"https://","status":"authorized",'
    b'{"id":"pay_","object":"payment","merchant_id":"mer_","amount_minor":5000,"fee_minor":100,'
    b'"currency":"USD","status":"succeeded","funding":{"type":"processor","processor":"stripe",'
    b'"payment_method":"pm_"},"captured_minor":5000,"refunded_minor":0,"customer_id":"cus_",'
    b'"description":null,"metadata":{"order_id":"","note":"","reference":"'
    b'"},"processor":{"name":"stripe","reference":"pi_"},"failure":null,"settlement_id":null,'
    b'"settled_at":null,"created_at":"2026-11-21T00:00:00.000000Z","updated_at":"2026-11-21T'
    b'"fee_minor":100,"currency":"USD","status":"succeeded","funding":{"type":"balance"},'
    b'"captured_minor":0,"refunded_minor":0,"customer_id":null,"description":"","metadata":{},'
    b'"processor":null,"failure":null,"settlement_id":null,"settled_at":null,'
    b'"created_at":"2026-12-01T12:00:00.000000Z","updated_at":"2026-12-01T12:","version":1}'
)


def unpacked(stored: str) -> str | None:
    """A stored answer as it was given; None if it bears the mark and is something else."""
    if not stored.startswith(MARK):
        return stored
    try:
        packed = base64.b64decode(stored.removeprefix(MARK), validate=True)
        stream = zlib.decompressobj(wbits=WINDOW_BITS, zdict=DICTIONARY)
        text = stream.decompress(packed, LONGEST_BYTES)
        is_whole = stream.eof and not stream.unused_data
        return text.decode() if is_whole else None
    except (ValueError, zlib.error):
        return None
