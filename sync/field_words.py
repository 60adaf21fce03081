"""What pages call columns and tables: names that can be translated, and no part of migrations."""

from django.apps import apps

from sync.words import later

FIELDS = {
    str(name): name
    for name in (
        later("address"), later("amount"), later("answers"), later("balance due"),
        later("business unit"), later("by"), later("changed at"), later("city"), later("code"),
        later("company"), later("company name"), later("confirmed at"), later("confirmed by"),
        later("connected at"), later("connected by"), later("country"), later("created by"),
        later("currency"), later("customer"), later("decided at"), later("decided by"),
        later("description"), later("discount total"), later("display name"), later("document"),
        later("due on"), later("email"), later("error"), later("export start date"),
        later("external id"), later("family name"), later("file"), later("finished at"),
        later("given name"), later("invoice"), later("issued on"), later("kind"), later("method"),
        later("name"), later("new name"), later("note"), later("number"), later("paid total"),
        later("payment"), later("phone"), later("position"), later("postal code"),
        later("quantity"), later("reason"), later("received on"), later("reference"),
        later("refunded on"), later("refunded total"), later("requested by"), later("role"),
        later("run"), later("service"), later("side"), later("signed at"), later("signed by"),
        later("source"), later("standing"), later("state"), later("status"), later("step"),
        later("subtotal"), later("tax code"), later("tax total"), later("taxable"),
        later("timezone"), later("total"), later("unit price"), later("user"), later("version"),
        later("voided at"),
    )
} | {
    "intuit tid": later("number for Intuit's support"),
    "quickbooks number": later("number in QuickBooks"),
}  # fmt: skip
TABLES = {
    str(name): name
    for name in (
        later("business unit"), later("business units"), later("company request"),
        later("company requests"), later("corporate default"), later("corporate defaults"),
        later("customer"), later("customers"), later("import"), later("imports"), later("invoice"),
        later("invoice line"), later("invoices"), later("payment"), later("payments"),
        later("refund"), later("refunds"), later("sources"), later("tie-outs"),
    )
}  # fmt: skip


def name_in_words(app: str) -> None:
    """Give the columns and tables of an application the names that can be translated."""
    for model in apps.all_models[app].values():
        options = model._meta
        options.verbose_name = TABLES.get(str(options.verbose_name), options.verbose_name)
        plural = str(options.verbose_name_plural)
        options.verbose_name_plural = TABLES.get(plural, options.verbose_name_plural)
        for field in options.local_fields:
            if getattr(field, "_verbose_name", None) is None:
                field.verbose_name = FIELDS.get(str(field.verbose_name), field.verbose_name)
