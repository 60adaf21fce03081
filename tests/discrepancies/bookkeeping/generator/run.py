"""Judges the stories of many customers and counts where the verdict is not the truth."""

from collections import Counter
from dataclasses import dataclass, field

from tests.discrepancies.bookkeeping.desk import judge, read
from tests.discrepancies.bookkeeping.generator.stories import Story


@dataclass
class Score:
    """What came of it: refunds, verdicts against the truth, and the stories that went wrong."""

    refunds: int = 0
    customers: int = 0
    strangers: int = 0
    false: list = field(default_factory=list)
    apart: Counter = field(default_factory=Counter)
    verified: Counter = field(default_factory=Counter)
    missed: list = field(default_factory=list)
    other: Counter = field(default_factory=Counter)

    @property
    def share(self):
        """Return how many of those that can be told apart were verified."""
        return sum(self.verified.values()) / max(1, sum(self.apart.values()))

    def words(self):
        by = ", ".join(
            f"by {name} {self.verified[name]:,} of {self.apart[name]:,}" for name in self.apart
        )
        return (
            f"{self.refunds:,} refunds of {self.customers:,} customers, {self.strangers:,} of whom"
            f" have a stranger of equal amount: {len(self.false)} false, {self.share:.2%} of those"
            f" that can be told apart verified ({by}); the rest: {dict(self.other)}"
        )


def run(refunds, seed):
    """Judge as many refunds, of as many customers as it takes."""
    score = Score()
    while score.refunds < refunds:
        score_story(score, f"{seed}-{score.customers}")
    return score


def score_story(score, seed):
    story = Story(seed)
    papers = [*read(story.books), *story.papers_of_ours]
    verdict = judge(story.refunds, papers, story.currency)
    ids = {str(paper): paper.qbo_id for paper in papers}
    score.customers += 1
    score.strangers += story.has_stranger
    meant = {document for told in story.told for document in told.documents}
    for place, told in enumerate(story.told):
        if not told.refund.is_asked:
            continue
        score.refunds += 1
        is_verified = verdict.status[place] == "verified"
        used = {ids[name] for name, _, _ in verdict.shares[place]}
        is_stranger = any(each.isdigit() and each not in meant for each in used)
        if is_verified and (not told.is_adjusted or is_stranger):
            score.false.append((seed, place, told.form, verdict.shares[place]))
        if told.is_adjusted and told.by:
            score.apart[told.by] += 1
            score.verified[told.by] += is_verified
            if not is_verified:
                score.missed.append((seed, place, told.form, told.by, verdict.words[place]))
        elif not is_verified:
            score.other[verdict.status[place]] += 1
