"""More documents never verify a refund that they are no part of; less evidence always reopens."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.discrepancies.bookkeeping.books import Books
from tests.discrepancies.bookkeeping.desk import judge, read
from tests.discrepancies.bookkeeping.generator.noise import of_another_amount, ordinary
from tests.discrepancies.bookkeeping.generator.stories import Pen, Story

seeds = st.integers(0, 10_000)


def verified(story, papers):
    verdict = judge(story.refunds, papers, story.currency)
    return {n for n, status in enumerate(verdict.status) if status == "verified"}, verdict


@settings(max_examples=60, deadline=None)
@given(seeds, st.integers(0, 999))
def test_an_unrelated_document_verifies_nothing(seed, more):
    story = Story(f"m{seed}")
    before, _ = verified(story, [*read(story.books), *story.papers_of_ours])
    refund = story.refunds[0]
    pen = Pen(story, refund, refund.amount)
    pen.chance.seed(more)
    entry = pen.chance.choice([ordinary, of_another_amount])
    # No sum of what is there can be completed by it.
    entry(pen, 123_456.78)
    after, _ = verified(story, [*read(story.books), *story.papers_of_ours])
    assert after <= before


@settings(max_examples=60, deadline=None)
@given(seeds, st.data())
def test_taking_evidence_away_reopens_what_it_proved(seed, data):
    story = Story(f"e{seed}")
    papers = [*read(story.books), *story.papers_of_ours]
    before, verdict = verified(story, papers)
    if not before:
        return
    place = data.draw(st.sampled_from(sorted(before)))
    # Without our payment's own change, an expense of a bounce leaves as much owed by itself.
    shares = {name for name, effect, _ in verdict.shares[place] if effect != "receivable_open"}
    gone = data.draw(st.sampled_from(sorted(shares)))
    after, _ = verified(story, [paper for paper in papers if str(paper) != gone])
    assert place not in after


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_the_order_in_which_documents_are_read_does_not_matter(seed):
    story = Story(f"o{seed}")
    papers = [*read(story.books), *story.papers_of_ours]
    before, _ = verified(story, papers)
    story.chance.shuffle(papers)
    assert verified(story, papers)[0] == before


def test_an_empty_book_verifies_nothing():
    assert judge([], read(Books())).status == []
