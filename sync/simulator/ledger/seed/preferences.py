"""CompanyInfo and Preferences of a newly made company."""

import random
from typing import Protocol

from sync.simulator.ledger.books.books import Books
from sync.simulator.ledger.books.money import currency_ref
from sync.simulator.ledger.seed.data import CITIES
from sync.simulator.wire import Json

COUNTRIES = {"US": "USA", "CA": "CAN", "IE": "IRL"}


class Settings(Protocol):
    """What of a variant shows in the preferences."""

    @property
    def multicurrency(self) -> bool:
        """Whether documents may be in other currencies."""

    @property
    def class_per_line(self) -> bool:
        """Whether classes stand on lines, not on transactions."""

    @property
    def messy(self) -> bool:
        """Whether numbers are left to QuickBooks and credits applied by themselves."""


def company_info(books: Books, chance: random.Random) -> Json:
    """CompanyInfo: name, address, start, and the plan as name-value pairs."""
    city, state, code = CITIES[books.company.country][0]
    address = {
        "Id": "1",
        "Line1": f"{chance.randint(100, 999)} River Rd",
        "City": city,
        "Country": COUNTRIES[books.company.country],
        "CountrySubDivisionCode": state,
        "PostalCode": code,
    }
    return {
        "CompanyName": books.company.name,
        "LegalName": books.company.name,
        "CompanyAddr": address,
        "CustomerCommunicationAddr": address,
        "LegalAddr": address,
        "CustomerCommunicationEmailAddr": {"Address": "office@example.com"},
        "PrimaryPhone": {"FreeFormNumber": "(555) 555-0100"},
        "CompanyStartDate": books.today.replace(year=books.today.year - 4, day=1).isoformat(),
        "FiscalYearStartMonth": "January",
        "Country": books.company.country,
        "Email": {"Address": "office@example.com"},
        "SupportedLanguages": "en",
        "DefaultTimeZone": "America/Los_Angeles",
        "NameValue": [
            {"Name": "NeoEnabled", "Value": "true"},
            {"Name": "IndustryType", "Value": "Home services"},
            {"Name": "IsQbdtMigrated", "Value": "false"},
            {"Name": "CompanyType", "Value": "Limited Liability"},
            {"Name": "SubscriptionStatus", "Value": "SUBSCRIBED"},
            {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
            {"Name": "PayrollFeature", "Value": "false"},
            {"Name": "AccountantFeature", "Value": "false"},
        ],
    }


def preferences(automatic_tax: bool, settings: Settings, books: Books) -> Json:  # noqa: FBT001
    """Preferences as the sandbox's sample company has them, but for what the variant changes."""
    tax: Json = {"UsingSalesTax": True}
    if books.is_us:
        tax |= {"PartnerTaxEnabled": automatic_tax, "TaxGroupCodeRef": {"value": "2"}}
    if books.is_us and not automatic_tax:
        tax.pop("PartnerTaxEnabled")  # companies from before automatic tax do not have the key
    return {
        "AccountingInfoPrefs": {
            "UseAccountNumbers": False,
            "FirstMonthOfFiscalYear": "January",
            "TaxYearMonth": "January",
            "TaxForm": "6",
            "ClassTrackingPerTxn": not settings.class_per_line,
            "ClassTrackingPerTxnLine": settings.class_per_line,
            "TrackDepartments": True,
            "DepartmentTerminology": "Location",
            "CustomerTerminology": "Customers",
        },
        "ProductAndServicesPrefs": {
            "ForSales": True,
            "ForPurchase": True,
            "QuantityWithPriceAndRate": True,
            "QuantityOnHand": True,
            "RevenueRecognition": False,
        },
        "SalesFormsPrefs": _sales_forms(messy=settings.messy),
        "EmailMessagesPrefs": _messages(),
        "VendorAndPurchasesPrefs": {
            "TrackingByCustomer": True,
            "BillableExpenseTracking": True,
            "TPAREnabled": False,
        },
        "TimeTrackingPrefs": {
            "UseServices": True,
            "BillCustomers": True,
            "ShowBillRateToAll": False,
            "WorkWeekStartDate": "Monday",
            "MarkTimeEntriesBillable": True,
        },
        "TaxPrefs": tax,
        "CurrencyPrefs": {
            "MultiCurrencyEnabled": settings.multicurrency,
            "HomeCurrency": currency_ref(books.company.currency),
        },
        "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
        "OtherPrefs": {
            "NameValue": [
                {
                    "Name": "SalesFormsPrefs.DefaultCustomerMessage",
                    "Value": "We appreciate your business.",
                },
                {"Name": "SalesFormsPrefs.DefaultItem", "Value": "1"},
                {"Name": "WarnDuplicateJournalNumber", "Value": "true"},
            ]
        },
    }


def _sales_forms(*, messy: bool) -> Json:
    return {
        "CustomField": [
            {
                "CustomField": [
                    {
                        "Type": "BooleanType",
                        "Name": f"SalesFormsPrefs.UseSalesCustom{position}",
                        "BooleanValue": position == 1,
                    }
                    for position in (1, 2, 3)
                ]
            },
            {
                "CustomField": [
                    {
                        "Type": "StringType",
                        "Name": "SalesFormsPrefs.SalesCustomName1",
                        "StringValue": "Crew",
                    }
                ]
            },
        ],
        "CustomTxnNumbers": not messy,
        "EmailCopyToCompany": False,
        "AllowDeposit": True,
        "AllowDiscount": True,
        "DefaultDiscountAccount": "86",
        "AllowEstimates": True,
        "EstimateMessage": "Thank you for the chance to quote.",
        "ETransactionEnabledStatus": "NotApplicable",
        "ETransactionAttachPDF": False,
        "ETransactionPaymentEnabled": False,
        "IPNSupportEnabled": False,
        "AllowServiceDate": False,
        "AllowShipping": False,
        "DefaultTerms": {"value": "3"},
        "AutoApplyCredit": messy,
        "AutoApplyPayments": messy,
        "UsingPriceLevels": False,
        "UsingProgressInvoicing": False,
        "DefaultCustomerMessage": "We appreciate your business.",
    }


def _messages() -> Json:
    kinds = ("Invoice", "Estimate", "SalesReceipt", "Statement")
    return {
        f"{kind}Message": {
            "Subject": f"{kind} from our company",
            "Message": f"Your {kind.lower()} is attached.",
        }
        for kind in kinds
    }
