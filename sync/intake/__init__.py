"""How invoices, payments and refunds come in."""
