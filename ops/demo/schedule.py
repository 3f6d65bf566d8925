"""Who sweeps while the story waits for an answer? Only the story: the schedule rests meanwhile, so
that it does not find out a second too early what nobody is to know yet.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from ops.stack import Stack, StackError


@contextmanager
def resting_schedule(stack: Stack) -> Iterator[None]:
    """The rules that invoke the sweep are disabled meanwhile, and enabled again whatever happens.

    Raises: StackError if there is no such rule.
    """
    function = stack.client("lambda").get_function_configuration(FunctionName=stack.sweep_function)
    events = stack.client("events")
    rules = events.list_rule_names_by_target(TargetArn=function["FunctionArn"])["RuleNames"]
    if not rules:
        raise StackError(f"no schedule invokes {stack.sweep_function}; deploy the stack again")
    try:
        for rule in rules:
            events.disable_rule(Name=rule)
        yield
    finally:
        for rule in rules:
            events.enable_rule(Name=rule)
