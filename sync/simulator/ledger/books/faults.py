"""The business faults of QuickBooks, one function for each row of the published and recorded table.

Texts marked "assumed" were found in no recording.
"""

from sync.simulator.wire import FaultError

NOT_FOUND_DETAIL = (
    "Object Not Found : Something you're trying to use has been made inactive. Check the fields "
    "with accounts, customers, items, vendors or employees."
)
UNSUPPORTED_PROPERTY = "Request has invalid or unsupported property"


class RequestFault(Exception):
    """A request that QuickBooks refuses, with what it answers."""

    def __init__(self, error: FaultError, status: int = 400, kind: str = "ValidationFault") -> None:
        """Carry one error entry, the HTTP status and the fault's type."""
        super().__init__(f"{error.code} {error.message}: {error.detail}")
        self.error = error
        self.status = status
        self.kind = kind


def _fault(code: str, message: str, detail: str, element: str | None = None) -> RequestFault:
    return RequestFault(FaultError(code, message, detail, element))


def unsupported_operation(what: str) -> RequestFault:
    """500: no such resource or operation."""
    detail = (
        f"Operation Could not find resource for relative : {what} of full path: {what} is not "
        "supported."
    )
    return _fault("500", "Unsupported Operation", detail)


def not_found(detail: str = NOT_FOUND_DETAIL) -> RequestFault:
    """610: the object does not exist, was deleted, or was made inactive."""
    return _fault("610", "Object Not Found", detail, "")


def deleted_by_another() -> RequestFault:
    """610: an update of a transaction that is gone."""
    return not_found("Object Not Found : Another user has deleted this transaction.")


def unknown_field(field: str, owner: str, known: list[str]) -> RequestFault:
    """2010: a JSON field that QuickBooks does not know."""
    names = ", ".join(f'"{name}"' for name in known[:57])
    more = " [truncated]" if len(known) > 57 else ""
    detail = (
        f'Property Name:Unrecognized field "{field}" (class com.intuit.schema.finance.v3.{owner}),'
        f" not marked as ignorable ({len(known)} known properties: {names}{more}])\n specified is"
        " unsupported or invalid"
    )
    return _fault("2010", UNSUPPORTED_PROPERTY, detail)


def unreadable(problem: str) -> RequestFault:
    """2010: the body is not JSON, or a value is not of its property's type."""
    detail = f"Property Name:{problem} specified is unsupported or invalid"
    return _fault("2010", UNSUPPORTED_PROPERTY, detail)


def required(name: str) -> RequestFault:
    """2020: a required parameter is missing."""
    return _fault(
        "2020",
        "Required param missing, need to supply the required value for the API",
        f"Required parameter {name} is missing in the request",
        name,
    )


def invalid_id(value: object) -> RequestFault:
    """2030: an Id that is not a whole number."""
    return _fault(
        "2030", "Invalid ID", f"Id should be a valid number. Supplied value:{value}", "Id"
    )


def length(element: str, low: int, high: int, supplied: int) -> RequestFault:
    """2050: a string too long or too short."""
    return _fault(
        "2050",
        "String length is either shorter or longer than supported by specification",
        f"Min:{low} Max:{high} supported. Supplied length:{supplied}",
        element,
    )


def bad_email(value: str) -> RequestFault:
    """2210: an e-mail address without an at sign or a dot (text assumed)."""
    return _fault(
        "2210",
        "Email Address does not conform to the required format",
        f"Email Address does not conform to the required format. Supplied value:{value}",
        "PrimaryEmailAddr",
    )


def bad_name(value: str) -> RequestFault:
    """2040: a name with a colon, tab or newline (text assumed)."""
    return _fault(
        "2040",
        "Invalid String. The string has an unsupported character",
        f"Property Name:DisplayName has a colon, tab or newline. Supplied value:{value}",
        "DisplayName",
    )


def enumeration(element: str, value: object) -> RequestFault:
    """2170: a value that is not one of an enumeration's."""
    return _fault("2170", "Invalid Enumeration", f"Invalid Enumeration : {value}", element)


def out_of_range(element: str) -> RequestFault:
    """2240: a number below zero or above the greatest allowed."""
    return _fault(
        "2240",
        "Number out of range",
        f"Number out of range. Min:0 Max:999,999,999 supported in {element}",
        element,
    )


def invalid_reference(group: str, value: str, element: str = "") -> RequestFault:
    """2500: a reference to something that does not exist."""
    detail = f"Invalid Reference Id : {group} element id {value} not found"
    return _fault("2500", "Invalid Reference Id", detail, element)


def query_unparsed(problem: str) -> RequestFault:
    """4000: a query that is not of the language."""
    return _fault("4000", "Error parsing query", f"QueryParserError: {problem}")


def query_lexical(letter: str, column: int, before: str) -> RequestFault:
    """4000: a query with a letter that US companies' character set lacks (text assumed)."""
    problem = (
        f'Lexical error at line 1, column {column}.  Encountered: "\\u{ord(letter):04x}" '
        f'({ord(letter)}), after : "{before[-20:]}"'
    )
    return query_unparsed(problem)


def query_invalid(problem: str) -> RequestFault:
    """4001: a query that names what does not exist or may not be asked."""
    return _fault("4001", "Invalid query", f"QueryValidationError: {problem}")


def stale() -> RequestFault:
    """5010: the SyncToken is not the current one."""
    return _fault(
        "5010",
        "Stale Object Error",
        "Stale Object Error : You and Sample Owner were working on this at the same time. "
        "Sample Owner finished before you did, so your work was not saved.",
        "",
    )


def business(problem: str) -> RequestFault:
    """6000: a rule of the books is broken."""
    return _fault(
        "6000",
        "A business validation error has occurred while processing your request",
        f"Business Validation Error: {problem}",
        "",
    )


def wrong_amount(value: object, element: str) -> RequestFault:
    """6070: a line whose amount is not its quantity times its price."""
    return _fault(
        "6070",
        "Amount calculation incorrect in the request",
        f"Amount is not equal to UnitPrice * Qty. Supplied value:{value}",
        element,
    )


def wrong_tax_code(value: object) -> RequestFault:
    """6100: a line of a US company whose tax code is not TAX or NON (text in part assumed)."""
    return _fault(
        "6100",
        "Invalid Line TaxCode",
        f"Invalid Line TaxCode : For US, specify TAX or NON. Supplied value:{value}",
        "TaxCodeRef",
    )


def custom_sales_tax() -> RequestFault:
    """6160: the pseudo-code CustomSalesTax as a transaction's tax code (text assumed)."""
    return _fault(
        "6160",
        "Invalid TaxCodeRef",
        "Invalid TaxCodeRef : CustomSalesTax cannot be used as TaxCodeRef.",
        "TxnTaxCodeRef",
    )


def duplicate_number(number: str, kind: str, other_id: str) -> RequestFault:
    """6140: the document number is taken."""
    return _fault(
        "6140",
        "Duplicate Document Number Error",
        "Duplicate Document Number Error : You must specify a different number. This number has "
        f"already been used. DocNumber={number} is assigned to TxnType={kind} with "
        f"TxnId={other_id}",
        "",
    )


def lapsed() -> RequestFault:
    """6190: the company's subscription has ended."""
    return _fault(
        "6190",
        "Invalid Company Status",
        "Subscription period has ended or been canceled, or there was a billing problem : You "
        "can't add data to QuickBooks Online because your trial or subscription period ended, you "
        "canceled your subscription, or there was a billing problem.",
        "",
    )


def closed_period() -> RequestFault:
    """6210: the document's date lies in closed books."""
    return _fault(
        "6210",
        "Account Period Closed, Cannot Update Through Services API",
        "The account period has closed and the account books cannot be updated through the QBO "
        "Services API. Please check with your company administrator.",
        "",
    )


def duplicate_name(whose: str) -> RequestFault:
    """6240: the name is taken."""
    return _fault(
        "6240",
        "Duplicate Name Exists Error",
        f"The name supplied already exists. : Another {whose} is already using this name. "
        "Please use a different name.",
        "",
    )


def before_inventory_start() -> RequestFault:
    """6270: a sale dated before the inventory item's start date."""
    return _fault(
        "6270",
        "Transaction date is prior to start date for inventory item",
        "Transaction date is prior to start date for inventory item : Transactions with inventory "
        "(QOH) products cant be dated earlier than the start date of the product.",
        "",
    )


def deposited() -> RequestFault:
    """6540: the payment is part of a bank deposit."""
    return _fault(
        "6540",
        "Deposited Transaction cannot be changed",
        "Deposited Transaction cannot be changed : This transaction has been deposited. If you "
        "want to change or delete it, you must edit the deposit it appears on and remove it "
        "first.",
        "",
    )


def no_access() -> RequestFault:
    """120, HTTP 401: the person who connected is no longer an administrator."""
    error = FaultError(
        "120",
        "Authorization Failure",
        "-11014-You do not have access to this company. Contact the company's administrator.",
    )
    return RequestFault(error, 401, "AuthorizationFault")
