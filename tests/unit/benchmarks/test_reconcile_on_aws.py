"""What a run would take on AWS is arithmetic that can be done by hand."""

import pytest

from benchmarks.reconcile_on_aws import (
    Assumed,
    FileRun,
    dollars,
    main,
    partitions,
    run_of_a_file,
)

EASY = Assumed(
    rows=1_000_000,
    rows_of_a_file=500_000,
    rows_of_a_chunk=50,
    write_units_per_row=4,
    read_units_per_row=1,
    worker_ms_per_row=1,
    proved_per_second=100_000,
    skipped_per_second=1_000_000,
    read_ms=10,
    write_ms=40,
    memory_mb=1_769,
    timeout_seconds=900,
)
"""A chunk of 50 ms of DynamoDB and 50 ms of our own: 500 rows a second."""


def test_chunk__is_both_requests_and_our_own_time() -> None:
    assert EASY.seconds_of_a_chunk == pytest.approx(0.1)
    assert EASY.rows_per_second == pytest.approx(500)


def test_processor__half_the_memory__takes_our_own_code_twice_as_long() -> None:
    half = Assumed(rows_of_a_chunk=50, worker_ms_per_row=1, memory_mb=1_769 // 2)
    assert half.own_seconds_of_a_chunk == pytest.approx(0.1, rel=0.01)


def test_processor__more_memory_than_one__is_no_faster() -> None:
    assert Assumed(memory_mb=10_240).processor_share == 1.0


def test_file__first_reading_and_booking__are_added_up_by_invocation() -> None:
    run = run_of_a_file(EASY)
    # 882.5 s of each invocation: 5 s of proving and 438,750 rows; then 0.43875 s of skipping.
    assert run.invocations == 2
    assert run.skipping_seconds == pytest.approx(0.43875)
    assert run.seconds == pytest.approx(5 + 0.43875 + 1_000)


def test_file__that_cannot_be_passed_over_in_time__is_said() -> None:
    with pytest.raises(ValueError, match="cannot be passed over"):
        run_of_a_file(Assumed(rows_of_a_file=10**9))


def test_dollars__line_by_line() -> None:
    costs = dollars(EASY, FileRun(invocations=2, seconds=1_000, skipping_seconds=0))
    assert costs["DynamoDB, write units"] == pytest.approx(4 * 0.625)
    assert costs["DynamoDB, read units"] == pytest.approx(0.125)
    assert costs["Lambda, GB-seconds"] == pytest.approx(2_000 * 1_769 / 1_024 * 0.0000133334)
    assert costs["Lambda, requests"] == pytest.approx(4 * 0.2e-6)
    assert costs["S3, requests"] == pytest.approx(6 * 0.4e-6 + 6 * 5e-6)
    assert costs["SQS, requests"] == pytest.approx(4 * 3 * 0.4e-6)


def test_partitions__busiest_ones__in_units_a_second() -> None:
    assert [round(rate, 3) for rate in partitions(EASY).values()] == [20, 40, 500, 31.25, 1_000]


def test_main__prints_the_sum(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--rows", "1000000"]) == 0
    assert "transactions" in capsys.readouterr().out
