"""What is stored, one noun a file."""

from sync.field_words import name_in_words
from sync.models.adjustments import Adjustment, Allocation, Kin, Reading, RefundMatch
from sync.models.books import BooksDocument, BooksMatch
from sync.models.companies import QuickBooksCompany, without_tokens
from sync.models.customers import Customer
from sync.models.deliveries import Delivery
from sync.models.digests import DigestOptOut, DigestSent
from sync.models.drift import Drift, WebhookEvent
from sync.models.events import Event, Subject
from sync.models.feeds import Feed, FeedStream, Listed, Pull
from sync.models.heartbeats import Heartbeat
from sync.models.imports import FileAnswers, Import, ImportRow
from sync.models.invoices import Invoice, InvoiceLine
from sync.models.list_views import ListColumns, SavedView
from sync.models.metered_reads import MeteredReads
from sync.models.needs_mails import NeedsMail
from sync.models.parties import CustomerMatch, Party
from sync.models.payments import Payment
from sync.models.probes import ProbeReport
from sync.models.rates import ExchangeRate
from sync.models.readiness import UnitReadiness
from sync.models.records import BatchRequest, SyncRecord
from sync.models.reference import (
    CorporateDefault,
    ItemMapping,
    MethodMapping,
    ReferenceEntry,
    TaxMapping,
    TermMapping,
    UnitMapping,
)
from sync.models.refunds import STANDS, Refund, RefundDiscrepancy, RefundReview
from sync.models.requests import CompanyRequest, ConnectAttempt, ConnectLink
from sync.models.runs import ExportRun, ExportRunItem
from sync.models.setups import UnitSetup
from sync.models.shared_changes import SharedChange
from sync.models.strays import Stray
from sync.models.tax_modes import TaxMode
from sync.models.tieouts import TieOut
from sync.models.units import BusinessUnit
from sync.models.used_forms import UsedForm
from sync.models.verdicts import CompanyRules, Reason, Verdict

__all__ = [
    "STANDS",
    "Adjustment",
    "Allocation",
    "BatchRequest",
    "BooksDocument",
    "BooksMatch",
    "BusinessUnit",
    "CompanyRequest",
    "CompanyRules",
    "ConnectAttempt",
    "ConnectLink",
    "CorporateDefault",
    "Customer",
    "CustomerMatch",
    "Delivery",
    "DigestOptOut",
    "DigestSent",
    "Drift",
    "Event",
    "ExchangeRate",
    "ExportRun",
    "ExportRunItem",
    "Feed",
    "FeedStream",
    "FileAnswers",
    "Heartbeat",
    "Import",
    "ImportRow",
    "Invoice",
    "InvoiceLine",
    "ItemMapping",
    "Kin",
    "ListColumns",
    "Listed",
    "MeteredReads",
    "MethodMapping",
    "NeedsMail",
    "Party",
    "Payment",
    "ProbeReport",
    "Pull",
    "QuickBooksCompany",
    "Reading",
    "Reason",
    "ReferenceEntry",
    "Refund",
    "RefundDiscrepancy",
    "RefundMatch",
    "RefundReview",
    "SavedView",
    "SharedChange",
    "Stray",
    "Subject",
    "SyncRecord",
    "TaxMapping",
    "TaxMode",
    "TermMapping",
    "TieOut",
    "UnitMapping",
    "UnitReadiness",
    "UnitSetup",
    "UsedForm",
    "Verdict",
    "WebhookEvent",
    "without_tokens",
]

for app in ("accounts", "sync"):
    name_in_words(app)
