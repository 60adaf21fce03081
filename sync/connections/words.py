"""The words of ours that a company's units use and that need a meaning in QuickBooks."""

from sync.models import InvoiceLine, Payment, QuickBooksCompany


def services(company: QuickBooksCompany) -> list[str]:
    """Return the services on invoice lines of the units that post to the company."""
    lines = InvoiceLine.objects.filter(invoice__business_unit__quickbooks_company=company)
    found = lines.exclude(service="").values_list("service", flat=True)
    return list(found.distinct().order_by("service"))


def methods(company: QuickBooksCompany) -> list[str]:
    """Return the methods of payments of the units that post to the company."""
    payments = Payment.objects.filter(business_unit__quickbooks_company=company)
    found = payments.exclude(method="").values_list("method", flat=True)
    return list(found.distinct().order_by("method"))


def tax_codes(company: QuickBooksCompany) -> list[tuple[str, bool]]:
    """Return our tax codes, each with whether its lines are taxable; those without are left out."""
    lines = InvoiceLine.objects.filter(invoice__business_unit__quickbooks_company=company)
    found = lines.exclude(tax_code="").values_list("tax_code", "taxable")
    return list(found.distinct().order_by("tax_code", "taxable"))
