"""One code per error, one status per code."""

from oncepay.api.problems import STATUS_OF_CODE
from oncepay.domain import errors
from oncepay.domain.errors import PaymentsError
from oncepay.domain.payment import INSUFFICIENT_FUNDS
from oncepay.domain.processor_answer import CARD_DECLINED


def leaves(kind: type[PaymentsError]) -> list[type[PaymentsError]]:
    found = [kind] if "code" in vars(kind) else []
    for child in kind.__subclasses__():
        found += leaves(child)
    return found


def test_codes__every_error_has_one_of_its_own_and_every_code_its_status() -> None:
    codes = [kind.code for kind in leaves(PaymentsError)]
    assert len(codes) == len(set(codes))
    assert {*codes, INSUFFICIENT_FUNDS.code, CARD_DECLINED} == STATUS_OF_CODE.keys()


def test_codes__the_drawn_tree_is_the_real_one() -> None:
    drawn = errors.__doc__ or ""
    for kind in leaves(PaymentsError):
        line = next(line for line in drawn.splitlines() if f" {kind.__name__} " in line)
        assert line.split()[-2:] == [kind.code, str(STATUS_OF_CODE[kind.code])]
