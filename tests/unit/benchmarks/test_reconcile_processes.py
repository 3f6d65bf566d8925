"""What a process used is read from /proc, and added up over processes that come and go."""

from benchmarks.reconcile_processes import Used, read_processor_seconds


def a_stat(name: str, user: int, system: int) -> str:
    return f"7 ({name}) S 1 7 7 0 -1 4194560 5 0 0 0 {user} {system} 90 90 20 0 1 0 5 6 7"


def test_stat__user_and_system_time__are_added() -> None:
    assert read_processor_seconds(a_stat("python", 250, 50), 100) == 3.0


def test_stat__name_with_spaces_and_parentheses__is_passed_over() -> None:
    assert read_processor_seconds(a_stat("a) b (c", 20, 10), 10) == 3.0


def test_used__process_that_was_there_before__counts_from_then() -> None:
    used = Used(at_first={7: 5.0}, at_last={7: 8.0})
    assert used.seconds == 3.0


def test_used__several_processes__are_added() -> None:
    used = Used(at_first={7: 5.0, 8: 0.0}, at_last={7: 8.0, 8: 2.0})
    assert used.seconds == 5.0


def test_used__process_that_is_gone__is_left_as_it_was_seen_last() -> None:
    used = Used(at_first={0: 1.0}, at_last={0: 4.0})
    used.look(0, is_new=False)
    assert used.seconds == 3.0
