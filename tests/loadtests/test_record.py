"""What is written before and after each request is read again, whatever ended the run."""

import json
from pathlib import Path

import pytest

from loadtests.record import Kind, RecordError, RecordWriter, read_record

BODY = {"amount_minor": 100, "currency": "USD", "metadata": {"load_key": "k-1"}}


def send(writer: RecordWriter, key: str = "k-1") -> int:
    return writer.sent(
        merchant="mer_a",
        kind=Kind.PAYMENT,
        method="POST",
        path="/v1/payments",
        key=key,
        body=BODY,
    )


def test_sent__is_in_the_file_before_anything_is_answered(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    with RecordWriter(path) as writer:
        send(writer)
        line = json.loads(path.read_text())
    assert {name: line[name] for name in line if name != "at"} == {
        "phase": "sent",
        "n": 1,
        "merchant": "mer_a",
        "kind": "payment",
        "method": "POST",
        "path": "/v1/payments",
        "key": "k-1",
        "amount_minor": 100,
        "currency": "USD",
        "body": BODY,
    }


def test_answer__is_read_with_its_request(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    with RecordWriter(path) as writer:
        n = send(writer)
        writer.answered(n, status=201, ms=12.3456, replayed=True, body={"id": "pay_1"})
    (attempt,) = read_record(path)
    answer = attempt.answer
    assert answer is not None
    assert (answer.status, answer.ms, answer.id, answer.replayed, answer.code) == (
        201,
        12.346,
        "pay_1",
        True,
        None,
    )


def test_problem__names_its_payment_and_its_code(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    problem = {"code": "insufficient_funds", "payment_id": "pay_2", "status": 402}
    with RecordWriter(path) as writer:
        writer.answered(send(writer), status=402, ms=1, replayed=False, body=problem)
    (attempt,) = read_record(path)
    assert attempt.answer is not None
    assert (attempt.answer.id, attempt.answer.code) == ("pay_2", "insufficient_funds")


def test_unanswered__has_no_answer_and_status_0(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    with RecordWriter(path) as writer:
        send(writer)
    (attempt,) = read_record(path)
    assert (attempt.answer, attempt.status) == (None, 0)


def test_numbers__go_on_after_those_that_are_there(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    for key in ("k-1", "k-2"):
        with RecordWriter(path) as writer:
            send(writer, key)
    assert [(attempt.n, attempt.key) for attempt in read_record(path)] == [(1, "k-1"), (2, "k-2")]


def test_last_line__torn__is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    with RecordWriter(path) as writer:
        n = send(writer)
        writer.answered(n, status=201, ms=1, replayed=False, body={"id": "pay_1"})
    path.write_bytes(path.read_bytes()[:-20])
    (attempt,) = read_record(path)
    assert attempt.answer is None


def test_line_in_the_middle__torn__is_refused(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    path.write_text('{"phase":"se\n{}\n')
    with pytest.raises(RecordError, match=r"line 1 of .* is no line of a record"):
        read_record(path)


def test_answer__to_nothing__is_refused(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    with RecordWriter(path) as writer:
        writer.answered(7, status=201, ms=1, replayed=False, body=None)
    with pytest.raises(RecordError, match="has an answer to 7, which was not sent"):
        read_record(path)


def test_no_file__is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="cannot be read: No such file"):
        read_record(tmp_path / "requests.jsonl")


def test_number__sent_twice__is_refused(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    with RecordWriter(path) as writer:
        send(writer)
    path.write_text(path.read_text() * 2)
    with pytest.raises(RecordError, match=r"line 2 of .* sends 1, which was sent before"):
        read_record(path)


def test_number__answered_twice__is_refused(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    with RecordWriter(path) as writer:
        n = send(writer)
        for status in (503, 201):
            writer.answered(n, status=status, ms=1, replayed=False, body=None)
    with pytest.raises(RecordError, match=r"line 3 of .* answers 1, which was answered before"):
        read_record(path)


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ('"kind":"payment"', '"kind":"gift"'),
        ('"phase":"sent"', '"phase":"lost"'),
        ('"key":"k-1"', '"clef":"k-1"'),
        ('"n":1', '"n":[1]'),
    ],
)
def test_line__of_another_format__is_refused(tmp_path: Path, text: str, changed: str) -> None:
    path = tmp_path / "requests.jsonl"
    with RecordWriter(path) as writer:
        send(writer)
    path.write_text(path.read_text().replace(text, changed))
    with pytest.raises(RecordError, match=r"line 1 of .* is no line of a record"):
        read_record(path)


def test_record__is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    RecordWriter(path).close()
    assert path.stat().st_mode & 0o777 == 0o600
