"""What a merchant is shown of an entry in which a processor's cost was posted too."""

from oncepay.domain.ledger import Posting
from oncepay.domain.settlement_postings import (
    cost_postings,
    merged,
    share_postings,
    unexplained_postings,
    without_costs,
)


def test_without_costs__a_share_and_a_cost__the_share_alone() -> None:
    postings = merged(share_postings(4900), cost_postings("stripe", 175))
    assert without_costs(postings) == (Posting("pending", -4900), Posting("available", 4900))


def test_without_costs__no_cost__as_it_is() -> None:
    assert without_costs(share_postings(4900)) == share_postings(4900)


def test_without_costs__a_cost_alone__nothing() -> None:
    assert without_costs(cost_postings("stripe", 175)) == ()


def test_without_costs__a_difference_too__the_difference_stays() -> None:
    postings = merged(unexplained_postings("stripe", 7), cost_postings("stripe", 175))
    assert without_costs(postings) == unexplained_postings("stripe", 7)


def test_without_costs__a_cost_as_large_as_the_difference__both_sides_stay_balanced() -> None:
    postings = merged(unexplained_postings("stripe", 175), cost_postings("stripe", 175))
    shown = without_costs(postings)
    assert sum(each.amount_minor for each in shown) == 0
    assert Posting("suspense", 175) in shown
