"""A short run of random bookkeeping; the long one is `make refunds`."""

from tests.discrepancies.bookkeeping.generator.run import run


def test_nothing_is_verified_that_was_not_adjusted_and_what_can_be_told_apart_is():
    score = run(1_500, seed="short")
    assert score.false == []
    assert score.share >= 0.97, score.missed
    assert score.strangers >= score.customers / 10
    assert set(score.apart) == {"link", "reference", "no rival"}
