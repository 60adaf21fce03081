"""Putting fully paid invoices and their payments into QuickBooks: once, to the cent."""
