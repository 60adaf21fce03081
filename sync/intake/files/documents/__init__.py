"""Rows that belong together become invoices, payments and refunds."""
