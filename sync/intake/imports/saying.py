"""What a file's codes say, as it is stored: each reader is told it in her language.

The files' room knows no languages: its words are marked there, and become sentences here.
"""

from sync.intake.files.outcomes import Code, FileRefused, Question, Reason
from sync.intake.files.words import ANSWERS, HELD, WHICH_COLUMN, WORDS, shown
from sync.words import stored, together


def reason_words(reason: Reason) -> str:
    """Return a reason, with its column and the value as it stands in the file."""
    if reason.code == Code.COLUMN:
        return _about_column(reason.column)
    place = ": ".join(shown(part) for part in (reason.column, reason.value) if part)
    if not place:
        return stored(WORDS[reason.code])
    return stored("%(place)s — %(words)s", place=place, words=stored(WORDS[reason.code]))


def question_words(question: Question) -> str:
    """Return a question, with its column."""
    if question.code == Code.COLUMN:
        return _about_column(question.column)
    if not question.column:
        return stored(WORDS[question.code])
    column = shown(question.column)
    return stored("%(column)s: %(words)s", column=column, words=stored(WORDS[question.code]))


def answer_words(answer: str) -> str:
    """Return a way to answer; sheets, invoices and columns are their own words."""
    if answer in ANSWERS:
        return stored(ANSWERS[answer])
    return stored("%(own)s", own=shown(answer.replace("_", " ")))


def why_refused(refused: FileRefused) -> str:
    """Return why a file cannot be read."""
    return together(stored(WORDS[refused.code]), shown(refused.detail))


def _about_column(field: str) -> str:
    held = stored(HELD[field]) if field in HELD else shown(field).replace("_", " ")
    return stored(WHICH_COLUMN, field=held)
