"""`oncepay cost`: what would a month cost, or what did a stack's traffic cost?

A workload comes from flags, from a YAML file, from a load test's record, or from these together:
flags win over files.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import yaml

from oncepay.domain.costs.bill import bill_of
from oncepay.domain.costs.prices import prices_of
from oncepay.domain.costs.savings import savings_of
from oncepay.domain.costs.usage import usage_of
from oncepay.domain.costs.workload import DAYS, MAX_DIGITS, Workload
from oncepay.domain.errors import InvalidRequest
from ops.command_line import one_clear_line, print_json
from ops.cost_table import tell_bill
from ops.stack import StackError

MONTH: Final = "month"
MONTH_SECONDS: Final = DAYS * 24 * 60 * 60


def estimate_command(
    flags: Mapping[str, Any],
    *,
    workload_file: Path | None,
    record: Path | None,
    scale: str | None,
    as_json: bool,
) -> None:
    """Print the bill of a month.

    Args:
        flags: members of a workload that were given, by name.
        workload_file: of YAML, with members of a workload.
        record: a load test's summary.json.
        scale: what the record is taken for: `month`, as if it went on all month, or a number of
            payments.
        as_json: for scripts.
    """
    from oncepay.api.cost_representations import estimate_json

    with one_clear_line("cost"):
        if record is None and scale is not None:
            raise StackError("--scale goes with --record")
        members: dict[str, Any] = {}
        if workload_file is not None:
            members |= _read_yaml(workload_file)
        if record is not None:
            members |= _read_record(record, scale or MONTH)
        workload = Workload.of(members | dict(flags))
        prices = prices_of(workload.region)
        bill = bill_of(usage_of(workload), prices)
        savings = savings_of(workload, prices)
        if as_json:
            print_json(estimate_json(workload, bill, savings))
        else:
            tell_bill(workload, bill, savings)


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        members = yaml.safe_load(path.read_text())
    except OSError as error:
        raise StackError(f"{path} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise StackError(f"{path} is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(members, dict):
        raise StackError(f"{path} must hold the members of a workload, such as `payments: 1000000`")
    return {str(name): value for name, value in members.items()}


def _read_record(path: Path, scale: str) -> dict[str, Any]:
    """Counts of a load test, scaled; what is no count is taken as it is."""
    file = path / "summary.json" if path.is_dir() else path
    try:
        summary = json.loads(file.read_text())
        told, seconds = dict(summary["workload"]), summary["seconds"]
        run = Workload.of(told)
        lasted = Decimal(str(seconds))
    except OSError as error:
        raise StackError(f"{file} cannot be read: {error.strerror}") from error
    except InvalidRequest as error:
        raise StackError(f"{file} is no summary of a load test: {error.detail}") from error
    except (ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise StackError(f"{file} is no summary of a load test: it has no workload") from error
    factor = _factor(scale, run, lasted)
    counts = {name: (count * factor).to_integral_value() for name, count in run.counts.items()}
    return {**told, **counts}


def _factor(scale: str, run: Workload, seconds: Decimal) -> Decimal:
    if scale == MONTH:
        if not seconds.is_finite() or seconds <= 0:
            raise StackError("the record says that the load test took no time")
        return MONTH_SECONDS / seconds
    if not scale.isascii() or not scale.isdigit() or len(scale) > MAX_DIGITS or not int(scale):
        raise StackError("--scale must be month, or a number of payments")
    if not run.paid:
        raise StackError("the record has no payments to scale by")
    return Decimal(scale) / run.paid
