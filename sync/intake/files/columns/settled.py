"""How a file's values are read: as its own evidence proves, as a person said, or asked."""

from collections.abc import Mapping as Said
from dataclasses import dataclass
from decimal import Decimal

from sync.intake.files.answers import Answers
from sync.intake.files.columns.asking import about_the_file
from sync.intake.files.columns.column import says_so
from sync.intake.files.columns.evidence import Evidence
from sync.intake.files.columns.fields import FINE, MONEY, Field, Kind
from sync.intake.files.columns.mapping import Mapping
from sync.intake.files.columns.meanings import (
    NOT_SO,
    Meant,
    Row,
    Standing,
    day_in,
    is_alarming,
    is_no_money,
    status_meaning,
    type_meaning,
)
from sync.intake.files.columns.names import bare
from sync.intake.files.columns.proofs import DateEvidence
from sync.intake.files.outcomes import Code, FileRefused, Question, ask
from sync.intake.files.values.dates import COUNTED_FROM, DAY, MONTH, YEAR, from_number, with_year

FEW_WORDS = 12
SOME_YEAR = 2000
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
SALES: dict[Kind, Meant] = {Kind.INVOICES: Row.INVOICE, Kind.PAYMENTS: Row.PAYMENT}
"""What "sale" is: of a processor money that came in, of the books a bill, in a ledger either."""
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
    swapped: frozenset[Field] = frozenset()
    """Columns of stored dates whose day and month are exchanged, as a person said."""
    unsure: frozenset[Field] = frozenset()
    """Columns of stored dates of which nobody said whether they are."""
    uncounted: frozenset[Field] = frozenset()
    """Columns of numbers in place of dates, as long as nobody said how they count."""
    unordered: frozenset[Field] = frozenset()
    """Columns whose years may stand first or last, as long as nobody said where."""


def settle(mapping: Mapping, found: Evidence, answers: Answers) -> Settled:
    """Decide what the evidence proves, and ask for the rest."""
    proofs: list[Proof] = []
    questions: list[Question] = []
    orders = _orders(mapping, found, answers, proofs, questions)
    marks = _marks(mapping, found, answers, proofs, questions)
    cents = _cents(mapping, found, answers, questions)
    words = _words(mapping, found, answers, questions)
    questions += about_the_file(mapping, found, answers)
    uncounted = frozenset(
        part for part, one in found.dates.items() if one.counts_days and not orders[part]
    )
    unordered = frozenset(
        part for part, one in found.dates.items() if one.may_start_with_year and not orders[part]
    )
    swapped, unsure = _swapped(mapping, found, answers, questions)
    asked = tuple(questions)
    return Settled(
        orders, marks, cents, words, tuple(proofs), asked, swapped, unsure, uncounted, unordered
    )


def _swapped(
    mapping: Mapping, found: Evidence, answers: Answers, questions: list[Question]
) -> tuple[frozenset[Field], frozenset[Field]]:
    """Return the columns whose stored dates are exchanged, and those that are asked about."""
    swapped, unsure = set(), set()
    is_sure = any(one.is_sure for one in found.dates.values())  # one spreadsheet read them all
    for part, one in found.dates.items():
        label, day = mapping.label(part), one.stored
        if not one.may_be_swapped or is_sure or day is None:
            continue
        said = _said(answers.swapped, label, {"as_stored", "turned"}, "swapped")
        if said == "turned":
            swapped.add(part)
        elif not said:
            unsure.add(part)
            ways = {"as_stored": f"{day:%Y-%m-%d}", "turned": f"{day:%Y-%d-%m}"}
            questions.append(ask(Code.SWAPPED, ("swapped", label), ways, label))
    return frozenset(swapped), frozenset(unsure)


def _orders(
    mapping: Mapping,
    found: Evidence,
    answers: Answers,
    proofs: list[Proof],
    questions: list[Question],
) -> dict[Field, str]:
    """Take each column's own proof; columns without one follow, where all others agree."""
    proven = {one.order for one in found.dates.values() if one.order}
    told = {answers.dates.get(mapping.label(part)) for part in found.dates} | proven
    orders = {}
    counted, is_asked = "", False  # one file counts its days in one way
    for part, one in sorted(found.dates.items(), key=lambda item: mapping.at[item[0]]):
        label = mapping.label(part)
        said = _said(answers.dates, label, {DAY, MONTH, YEAR, *COUNTED_FROM}, "dates")
        if one.counts_days:
            counted = said or counted
            orders[part] = counted
            if not counted and not is_asked:
                questions.append(_about_numbers(label, one.number))
                is_asked = True
            continue
        order = said or one.order or (next(iter(proven)) if len(proven) == 1 else "")
        if YEAR in told and one.can_start_with_year:
            order = said or YEAR  # one file writes its years in one place
        elif (len(one.proofs) > 1 or one.may_start_with_year) and not said:
            order = ""
        if one.proofs or one.open_example:
            if order:
                proofs.append(Proof(label, order, one.proof))
            elif one.may_start_with_year:
                questions.append(_about_order(label, one.proof, (DAY, YEAR)))
            else:
                questions.append(_about_order(label, one.open_example or one.proof))
        orders[part] = order
    if answers.paid == "word":
        orders[Field.STATUS] = _order_of_remarks(mapping, found, answers, proven, questions)
    return orders


def _order_of_remarks(
    mapping: Mapping,
    found: Evidence,
    answers: Answers,
    proven: set[str],
    questions: list[Question],
) -> str:
    """Return what stands first in the days beside a status, or ask."""
    label, one = mapping.label(Field.STATUS), DateEvidence()
    days = [day for word in found.words.get(Field.STATUS, ()) if (day := day_in(word))]
    for day in days:
        one.see(with_year(day, SOME_YEAR))
    said = _said(answers.dates, label, {DAY, MONTH}, "dates")
    others = {order for order in answers.dates.values() if order in {DAY, MONTH}} or proven
    own = next(iter(one.proofs)) if len(one.proofs) == 1 else ""
    follows = next(iter(others)) if len(others) == 1 and not one.proofs else ""
    order = said or own or follows
    if days and not order:
        questions.append(_about_order(label, one.open_example or days[0]))
    return order


def _about_order(label: str, example: str, ways: tuple[str, ...] = (DAY, MONTH)) -> Question:
    shown = dict.fromkeys(ways, example)
    return ask(Code.DATE_ORDER, ("dates", label), shown, label, (example,))


def _about_numbers(label: str, example: str) -> Question:
    ways = {way: f"{from_number(Decimal(example), way)}" for way in COUNTED_FROM}
    return ask(Code.DAY_NUMBERS, ("dates", label), ways, label, (example,))


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
            if meant is None and part == Field.TYPE and bare(word) == "sale":
                meant = SALES.get(mapping.kind)
            is_told = bool(said) or bare(word) in own
            if part == Field.STATUS and not is_told and _is_half_told(mapping, meant, found):
                meant = None
            if not meant and part == Field.TYPE and mapping.layout and not is_no_money(word):
                meant = mapping.layout.other_types
            if meant:
                known[f"{part}:{bare(word)}"] = meant
            elif word:
                unknown.append(word)
        if part == Field.STATUS and len(unknown) > FEW_WORDS:  # remarks rather than words
            unknown = [word for word in unknown if is_alarming(word)]
        known |= {f"{part}:{bare(word)}": Code.TYPE for word in unknown}
        questions += [_about_word(word, ways, mapping.label(part)) for word in unknown[:FEW_WORDS]]
    _words_beside(mapping, found, answers, known, questions)
    return known


def _words_beside(
    mapping: Mapping,
    found: Evidence,
    answers: Answers,
    known: dict[str, Meant],
    questions: list[Question],
) -> None:
    """Ask for the ways of paying that may be none, and the remarks that may undo their row."""
    is_bill = mapping.kind == Kind.INVOICES
    methods = [] if is_bill else filter(is_no_money, found.words.get(Field.METHOD, ()))
    beside = dict.fromkeys(methods, mapping.label(Field.METHOD)) | found.remarks
    voids = _reasons_to_void(mapping, found)
    parts = dict.fromkeys(beside, Field.METHOD) | dict.fromkeys(found.remarks, Field.NOTE)
    for part, word in (*((part, word) for word, part in parts.items()), *voids):
        said = _said(answers.types, word, set(ANSWERED_WORDS), "types")
        known[f"{part}:{bare(word)}"] = ANSWERED_WORDS[said] if said else Code.TYPE
    beside |= {word: mapping.label(Field.VOIDED) for _, word in voids}
    unknown = [word for word in beside if not answers.types.get(word)]
    ways = STATUS_ANSWERS if is_bill else TYPE_ANSWERS
    questions += [_about_word(word, ways, beside[word]) for word in unknown[:FEW_WORDS]]


def _reasons_to_void(mapping: Mapping, found: Evidence) -> list[tuple[Field, str]]:
    """Return what a column called Voided says other than yes, no or a day: "duplicate"."""
    words = () if mapping.layout else found.words.get(Field.VOIDED, ())
    return [
        (Field.VOIDED, word)
        for word in words
        if word.casefold() not in NOT_SO and not says_so(word)
    ]


def _about_word(word: str, ways: tuple[str, ...], label: str) -> Question:
    return ask(Code.TYPE, ("types", word), dict.fromkeys(ways, ""), label, (word,))


def _is_half_told(mapping: Mapping, meant: Meant | None, found: Evidence) -> bool:
    """Say whether a status leaves open what it stands for here.

    Of a payment, that something went back, and no column or row how much; of an invoice, that
    money went back or was not received, as "pending" may mean that it is sent and not yet paid.
    """
    if mapping.kind == Kind.INVOICES:
        return meant in {Code.NOT_RECEIVED, Row.REFUND}
    if meant != Row.REFUND or mapping.kind != Kind.PAYMENTS or Field.REFUNDED in mapping.at:
        return False
    if mapping.layout and Field.TYPE in mapping.at:
        return False
    types = found.words.get(Field.TYPE, ())
    return not any(type_meaning(word) == Row.REFUND for word in types)


def _said(given: Said[str, str], key: str, allowed: set[str], name: str) -> str:
    said = given.get(key, "")
    if said and said not in allowed:
        raise FileRefused(Code.BAD_ANSWER, f"{name}: {key}"[:100])
    return said
