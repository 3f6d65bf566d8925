"""How is a stored answer kept small? DynamoDB counts each started KB of an item, twice in a
transaction, and the answer is most of its record: packed, that of a usual payment stays below 1 KB.

What all answers have in common is not stored but known: a dictionary for the compression. What was
packed with a dictionary can only be read with the same one, so that it never changes; a better one
would get a mark of its own beside this one. Short texts, and those that do not get shorter, are
stored as they are; an answer is JSON and begins with no mark.
"""

import base64
import zlib

MARK = "z1:"
"""Before the base64 of a text packed with this dictionary."""

# What is most usual comes last: it is found at the shortest distance.
_DICTIONARY = (
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

_WINDOW_BITS = -12
"""Raw deflate, of which no answer refers further back than 4 KB."""

_MEMORY_LEVEL = 5
MAX_TEXT_BYTES = 400 * 1024
"""No item of DynamoDB is larger. Source: DynamoDB service quotas, as of 2026-11."""


def pack(text: str) -> str:
    """As it is stored."""
    packer = zlib.compressobj(wbits=_WINDOW_BITS, memLevel=_MEMORY_LEVEL, zdict=_DICTIONARY)
    packed = packer.compress(text.encode()) + packer.flush()
    stored = MARK + base64.b64encode(packed).decode()
    is_mistakable = text.startswith(MARK)
    return stored if len(stored) < len(text) or is_mistakable else text


def unpack(stored: str) -> str:
    """As it was given to `pack`.

    Raises:
        ValueError: what bears the mark was not packed so.
    """
    if not stored.startswith(MARK):
        return stored
    try:
        packed = base64.b64decode(stored[len(MARK) :], validate=True)
        unpacker = zlib.decompressobj(wbits=_WINDOW_BITS, zdict=_DICTIONARY)
        text = unpacker.decompress(packed, MAX_TEXT_BYTES)
        if not unpacker.eof or unpacker.unused_data:
            raise ValueError("a stored answer is not whole")
        return text.decode()
    except zlib.error as error:
        raise ValueError("a stored answer is damaged") from error
