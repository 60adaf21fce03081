"""What the stand-in's tenant calls its fields; ids as far as public code names them."""

CLIENT, JOB, WORK_ORDER, INVOICE, PAYMENT, FRANCHISE, TAX, CHARGE = 7, 10, 12, 13, 18, 1, 36, 57
LISTS = {
    "Clients": CLIENT, "Jobs": JOB, "WorkOrders": WORK_ORDER, "Invoices": INVOICE,
    "Payments": PAYMENT, "Charges": CHARGE,
}  # fmt: skip
INPUT, SELECT, DATE, PHONE = "tagInput", "tagSelect", "tagDate", "tagPhone"
FIELDS: dict[int, dict[str, tuple[int, str]]] = {
    CLIENT: {"Email": (97, INPUT), "Phone": (1088, PHONE), "Notes": (200, INPUT)},
    INVOICE: {
        "Price": (947, INPUT), "Subtotal": (949, INPUT), "Tax": (709, INPUT),
        "Date Issued": (940, DATE), "Due Date": (941, DATE), "Status": (942, SELECT),
    },
    PAYMENT: {
        "Amount": (930, INPUT), "Amount Received": (931, INPUT), "Payment Method": (936, SELECT),
        "Check Number": (929, INPUT), "Notes": (928, INPUT), "Payment Date": (937, DATE),
        "Status": (938, SELECT), "Refund Amount": (943, INPUT), "Refund Date": (944, DATE),
    },
    CHARGE: {
        "Name": (9290, INPUT), "Description": (9289, INPUT), "Quantity": (9288, INPUT),
        "Unit Price": (9287, INPUT),
    },
}  # fmt: skip
OPTIONS: dict[tuple[int, str], dict[str, int]] = {
    (INVOICE, "Status"): {"Open": 10201, "Paid": 10202, "Cancelled": 10203},
    (PAYMENT, "Status"): {
        "Completed": 10301, "Paid Online": 10302, "Partially Refunded": 10303, "Refunded": 10304,
        "Voided": 10305,
    },
    (PAYMENT, "Payment Method"): {"Check": 10121, "Credit Card": 10124, "Cash": 10125},
}  # fmt: skip
TAXES = {501: "GST", 502: "PST", 503: "County and district sales tax of 2026"}
MOVED = 5000  # how far a field's id goes when a tenant's administrator makes it anew


def field_id(kind: int, name: str, moved: list[str]) -> int:
    """Return the id of a field, elsewhere where it was moved."""
    number = FIELDS[kind][name][0]
    return number + MOVED * moved.count(f"{kind}:{name}")
