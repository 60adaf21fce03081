"""How a file's values are read: as its own evidence proves, as a person said, or asked."""

from collections.abc import Mapping as Said
from dataclasses import dataclass

from sync.intake.files.answers import Answers
from sync.intake.files.columns.asking import about_the_file
from sync.intake.files.columns.evidence import Evidence
from sync.intake.files.columns.fields import FINE, MONEY, Field, Kind
from sync.intake.files.columns.mapping import Mapping
from sync.intake.files.columns.meanings import (
    Meant,
    Row,
    Standing,
    status_meaning,
    type_meaning,
)
from sync.intake.files.columns.names import bare
from sync.intake.files.outcomes import Code, FileRefused, Question, ask
from sync.intake.files.values.dates import DAY, MONTH

FEW_WORDS = 12
ANSWERED_WORDS: dict[str, Meant] = {
    "invoice": Row.INVOICE,
    "payment": Row.PAYMENT,
    "deposit": Row.DEPOSIT,
    "refund": Row.REFUND,
    "open": Standing.OPEN,
    "paid": Standing.PAID,
    "void": Standing.VOID,
    "written_off": Standing.WRITTEN_OFF,
    "draft": Code.DRAFT,
    "not_ours": Code.OTHER_TYPE,
}
TYPE_ANSWERS = ("invoice", "payment", "deposit", "refund", "not_ours")
STATUS_ANSWERS = ("open", "paid", "void", "written_off", "draft", "not_ours")


@dataclass(frozen=True, slots=True)
class Proof:
    """How a column is read and by which value of it; no value where other columns or rows tell."""

    column: str
    reading: str
    example: str


@dataclass(frozen=True, slots=True)
class Settled:
    """By column: order of dates, decimal mark, cents; by word: what it means."""

    orders: Said[Field, str]
    marks: Said[Field, str]
    cents: frozenset[Field]
    words: Said[str, Meant]
    """Bare words of types and statuses; those not listed are unknown."""
    proofs: tuple[Proof, ...]
    questions: tuple[Question, ...]


def settle(mapping: Mapping, found: Evidence, answers: Answers) -> Settled:
    """Decide what the evidence proves, and ask for the rest."""
    proofs: list[Proof] = []
    questions: list[Question] = []
    orders = _orders(mapping, found, answers, proofs, questions)
    marks = _marks(mapping, found, answers, proofs, questions)
    cents = _cents(mapping, found, answers, questions)
    words = _words(mapping, found, answers, questions)
    questions += about_the_file(mapping, found, answers)
    return Settled(orders, marks, cents, words, tuple(proofs), tuple(questions))


def _orders(
    mapping: Mapping,
    found: Evidence,
    answers: Answers,
    proofs: list[Proof],
    questions: list[Question],
) -> dict[Field, str]:
    """Take each column's own proof; columns without one follow, where all others agree."""
    proven = {one.order for one in found.dates.values() if one.order}
    orders = {}
    for part, one in found.dates.items():
        label = mapping.label(part)
        said = _said(answers.dates, label, {DAY, MONTH}, "dates")
        order = said or one.order or (next(iter(proven)) if len(proven) == 1 else "")
        if len(one.proofs) > 1 and not said:
            order = ""
        if one.proofs or one.open_example:
            if order:
                proofs.append(Proof(label, order, one.proof))
            else:
                questions.append(_about_order(label, one.open_example or one.proof))
        orders[part] = order
    return orders


def _about_order(label: str, example: str) -> Question:
    ways = {DAY: example, MONTH: example}
    return ask(Code.DATE_ORDER, ("dates", label), ways, label, (example,))


def _marks(
    mapping: Mapping,
    found: Evidence,
    answers: Answers,
    proofs: list[Proof],
    questions: list[Question],
) -> dict[Field, str]:
    """Take each column's own proof; columns without one follow, where all others agree."""
    proven = {one.mark for one in found.marks.values() if one.mark}
    marks = {}
    for part, one in found.marks.items():
        label = mapping.label(part)
        said = _said(answers.decimals, label, {".", ","}, "decimals")
        mark = said or one.mark or (next(iter(proven)) if len(proven) == 1 else "")
        if len(one.proofs) > 1 and not said:
            mark = ""
        if mark and one.proofs:
            proofs.append(Proof(label, mark, one.proofs.get(mark, "")))
        elif not mark and (one.open_example or len(one.proofs) > 1):
            example = one.open_example or next(iter(one.proofs.values()))
            ways = {".": example, ",": example}
            questions.append(ask(Code.DECIMAL_MARK, ("decimals", label), ways, label))
        marks[part] = mark
    return marks


def _cents(
    mapping: Mapping, found: Evidence, answers: Answers, questions: list[Question]
) -> frozenset[Field]:
    """Tell cents from whole amounts: by the column's name, by fractions anywhere, or by asking."""
    parts = [part for part in found.marks if part in MONEY or part == Field.PRICE]
    is_told = any(found.marks[part].others for part in parts)
    cents = set()
    for part in parts:
        label, one = mapping.label(part), found.marks[part]
        said = _said(answers.cents, label, {"yes", "no"}, "cents")
        if said == "yes" or (not said and "cents" in bare(label).split()):
            cents.add(part)
        elif not said and not is_told and one.may_be_cents and part not in FINE:
            ways = {"yes": one.example, "no": one.example}
            questions.append(ask(Code.CENTS, ("cents", label), ways, column=label))
    return frozenset(cents)


def _words(
    mapping: Mapping, found: Evidence, answers: Answers, questions: list[Question]
) -> dict[str, Meant]:
    known: dict[str, Meant] = {}
    own = dict(mapping.layout.words) if mapping.layout else {}
    is_bill = mapping.kind == Kind.INVOICES
    for part, look, ways in (
        (Field.TYPE, type_meaning, TYPE_ANSWERS),
        (Field.STATUS, status_meaning, STATUS_ANSWERS if is_bill else TYPE_ANSWERS),
    ):
        unknown = []
        for word in found.words.get(part, ()):
            said = _said(answers.types, word, set(ANSWERED_WORDS), "types")
            meant = ANSWERED_WORDS[said] if said else own.get(bare(word)) or look(word)
            if part == Field.STATUS and not said and _is_half_told(mapping, meant):
                meant = None
            if not meant and word and part == Field.TYPE and mapping.layout:
                meant = mapping.layout.other_types
            if meant:
                known[f"{part}:{bare(word)}"] = meant
            elif word:
                unknown.append(word)
        if part == Field.TYPE or len(unknown) <= FEW_WORDS:
            known |= {f"{part}:{bare(word)}": Code.TYPE for word in unknown}
            questions += [
                ask(
                    Code.TYPE,
                    ("types", word),
                    dict.fromkeys(ways, ""),
                    column=mapping.label(part),
                    examples=(word,),
                )
                for word in unknown[:FEW_WORDS]
            ]
    return known


def _is_half_told(mapping: Mapping, meant: Meant | None) -> bool:
    """Say whether a payment's status tells that something went back, and no column how much."""
    is_money = mapping.kind == Kind.PAYMENTS and Field.TYPE not in mapping.at
    return meant == Row.REFUND and is_money and Field.REFUNDED not in mapping.at


def _said(given: Said[str, str], key: str, allowed: set[str], name: str) -> str:
    said = given.get(key, "")
    if said and said not in allowed:
        raise FileRefused(Code.BAD_ANSWER, f"{name}: {key}"[:100])
    return said
