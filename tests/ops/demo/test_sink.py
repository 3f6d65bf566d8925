"""What is posted to the sink is there, word for word, with the headers of whoever posted it."""

from ops.demo.http_client import HttpClient
from ops.demo.sink import Posted, Sink, listening

BODY = b'{"id": "WH-1"}'


def test_sink__keeps_body_and_own_headers__not_those_of_the_connection() -> None:
    sink = Sink()
    with listening(sink) as url:
        headers = {"PAYPAL-CERT-URL": "https://x.example/1", "Accept": "*/*"}
        reply = HttpClient(url, None).call("POST", "/webhooks/paypal", body=BODY, extra=headers)
    assert reply.status == 200
    assert sink.find("WH-1") == [Posted("/webhooks/paypal", headers, BODY)]
    assert sink.all() == sink.find("WH-1")


def test_sink__finds_only_what_names_it() -> None:
    sink = Sink()
    sink.take(Posted("/", {}, BODY))
    assert sink.find("WH-2") == []
