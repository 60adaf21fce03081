"""Every probe, in the order in which they are asked: the table that says what we believe.

What is believed is QUICKBOOKS' facts as the product is built on them, most of them by not
depending on them at all. A row with a switch is one of the
simulator's (`sync/simulator/README.md`).
"""

from __future__ import annotations

from sync.quickbooks.probe import entries, payments, reads, repeats, sales, taxes, traffic
from sync.quickbooks.probe.findings import Probe

PROBES: tuple[Probe, ...] = (
    # Writes that are sent again
    Probe(
        "requestid",
        "honoured",
        "Is a write that is sent again under its requestid done once?",
        repeats.repeated,
    ),
    Probe(
        "requestid_failed",
        "replay",
        "Is the refusal of a write answered again once its cause is gone?",
        repeats.failed_original,
    ),
    Probe(
        "requestid_other_body",
        "replay",
        "Does another body under a used requestid get the first answer?",
        repeats.other_body,
    ),
    Probe("batch_order", "serial", "Are the items of a batch done in order?", repeats.batch_order),
    Probe("batch_size", 30, "Does a batch of 30 items pass?", repeats.batch_size, is_switch=False),
    # Reads
    Probe("order_by_id", "refuse", "Is ORDERBY Id refused?", reads.order_by_id),
    Probe("id_ranges", "refuse", "Is a range of ids refused?", reads.id_ranges),
    Probe(
        "equal_stamps",
        "shuffled",
        "Do rows of one second come in any order?",
        reads.equal_stamps,
    ),
    Probe(
        "query_characters",
        "refuse",
        "Does a US company refuse letters beyond ISO-8859-1 in a query?",
        reads.query_characters,
    ),
    Probe(
        "cdc_look_back",
        "any",
        "Are changes answered that were asked for from more than 30 days ago?",
        reads.changes_far_back,
    ),
    Probe("report_rows", "any_order", "Do rows of a report come in any order?", reads.report_rows),
    Probe("shapes", "recorded", "Do answers carry CustomExtensions?", reads.shapes),
    Probe(
        "pseudo_tax_codes",
        "bare",
        "Do TAX and NON come without Active and SyncToken?",
        reads.pseudo_tax_codes,
    ),
    Probe(
        "lower_case",
        "answered",
        "Are entity names in lower case known?",
        reads.lower_case,
        is_switch=False,
    ),
    Probe(
        "payments_by_number",
        "refuse",
        "Is a query of payments by number refused?",
        reads.payments_by_number,
        is_switch=False,
    ),
    Probe(
        "default_page",
        100,
        "Do 100 rows come where no number is asked for?",
        reads.lists_without_size,
        is_switch=False,
    ),
    # Names and settings
    Probe(
        "account_names",
        "full_path",
        "Is a reference to a sub-account named by its full path?",
        entries.account_names,
    ),
    Probe(
        "us_characters",
        "question_mark",
        "Do letters beyond ISO-8859-1 become question marks in a US company?",
        entries.us_characters,
    ),
    Probe(
        "deactivated_names",
        "suffix",
        "Does the name of an inactive entry end in (deleted)?",
        entries.deactivated_names,
    ),
    Probe("merged_entries", "gone", "Is a merged entry gone?", entries.merged_entries),
    Probe(
        "disabled_features",
        "refuse",
        "Is what a setting has switched off refused?",
        entries.disabled_features,
    ),
    # Invoices
    Probe(
        "doc_number_scope",
        "per_type",
        "May a credit memo have an invoice's number?",
        sales.doc_number_scope,
    ),
    Probe(
        "doc_number_fault",
        "6140",
        "Is a number that is taken code 6140?",
        sales.doc_number_fault,
        is_switch=False,
    ),
    Probe(
        "doc_number_length",
        "2050",
        "Is a number of 22 characters code 2050?",
        sales.doc_number_length,
        is_switch=False,
    ),
    Probe(
        "missing_rate",
        "one",
        "Does a foreign document without a rate get the rate 1?",
        sales.missing_rate,
    ),
    Probe(
        "no_payment_links",
        "kept",
        "Are online payment off, and no mail, kept as they are sent?",
        sales.no_payment_links,
        is_switch=False,
    ),
    Probe(
        "whole_body_back",
        "accepted",
        "May an invoice be sent back as it was read?",
        sales.whole_body_back,
        is_switch=False,
    ),
    Probe(
        "automatic_credit",
        "left",
        "Is an open payment left alone by a new invoice?",
        sales.automatic_credit,
        is_switch=False,
    ),
    Probe(
        "line_without_code",
        "TAX",
        "Does a line without a code count as TAX where tax is automated?",
        sales.line_without_code,
        is_switch=False,
    ),
    # Payments
    Probe("void_paid", "refuse", "Is the void of a paid invoice refused?", payments.void_paid),
    Probe(
        "delete_paid",
        "unlink",
        "Does deleting a paid invoice free its payment?",
        payments.delete_paid,
    ),
    Probe(
        "over_apply",
        "refuse",
        "Is a payment's line above the open balance refused?",
        payments.over_apply,
    ),
    Probe(
        "applied_payment",
        "bump",
        "Does a payment raise its invoice's SyncToken?",
        payments.applied_payment,
    ),
    Probe(
        "deposited_payment",
        "keep",
        "Does a deposit leave the payment as it was, and unnamed?",
        payments.deposited_payment,
    ),
    Probe(
        "deposited_delete",
        "6540",
        "Is deleting a deposited payment code 6540?",
        payments.deposited_delete,
        is_switch=False,
    ),
    Probe(
        "changes_of_deposits",
        "named",
        "Does the list of changes name deposits?",
        payments.changes_of_deposits,
        is_switch=False,
    ),
    Probe(
        "credit_memo_links",
        "none",
        "Does a credit memo hide what it was applied to?",
        payments.credit_memo_links,
    ),
    Probe(
        "reference_length",
        21,
        "Does a payment keep a reference of 21 characters at most?",
        payments.reference_length,
        is_switch=False,
    ),
    # Closed books
    Probe(
        "closed_payment_update",
        "ignored",
        "Is the update of a payment in closed books answered 200 and not done?",
        sales.closed_payment_update,
    ),
    Probe(
        "closed_books_fault",
        "6210",
        "Is a document in closed books code 6210?",
        sales.closed_books_fault,
        is_switch=False,
    ),
    # Taxes
    Probe(
        "tax_override",
        "documented",
        "Does our tax count only in the form that is documented for the kind of company?",
        taxes.override,
    ),
    Probe(
        "tax_rounding", "per_line", "Is tax rounded on each line outside the US?", taxes.rounding
    ),
    Probe("tax_drift_cents", 0, "Is automated tax what its own rates make?", taxes.drift),
    # Webhooks, then what waits and what throttles
    Probe(
        "webhook_content_type",
        "cloudevents",
        "Do webhooks say application/cloudevents+json?",
        traffic.webhook_content_type,
    ),
    Probe(
        "webhook_format",
        "cloudevents",
        "Are webhooks lists of CloudEvents?",
        traffic.webhook_format,
        is_switch=False,
    ),
    Probe(
        "requestid_seconds",
        0,
        "Is an answer remembered for as long as we waited?",
        repeats.remembered,
    ),
    Probe(
        "batch_counts",
        "once",
        "Does a batch count as one of the 500 requests a minute?",
        traffic.batch_counts,
    ),
    Probe(
        "throttle_form", "xml", "Is the body of a 429 XML?", traffic.throttle_form, is_switch=False
    ),
)
