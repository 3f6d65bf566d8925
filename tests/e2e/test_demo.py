"""The demo tells the truth: 0 on a right stack, again and again, and 1 where a fee is wrong."""

import pytest

from ops.demo.command import run_demo
from ops.stack import Stack

pytestmark = pytest.mark.e2e


def test_demo__right_stack__passes_twice(
    operators_stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_demo(operators_stack) == 0
    first = capsys.readouterr().out
    assert run_demo(operators_stack) == 0
    second = capsys.readouterr().out
    assert "✗" not in first + second
    assert first.count("✓") == second.count("✓") > 40


def test_demo__a_merchant_with_a_wrong_fee__exits_1_and_says_what_was_expected(
    operators_stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_demo(operators_stack, merchants_fee_basis_points=250) == 1
    told = capsys.readouterr().out
    assert "✗ the fee is 1.00 USD" in told
    assert "expected 100" in told
    assert "seen     125" in told


def test_demo__no_fee_at_all__exits_1(operators_stack: Stack) -> None:
    assert run_demo(operators_stack, merchants_fee_basis_points=0) == 1
