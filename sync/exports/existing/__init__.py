"""What QuickBooks holds already: which of our invoices a document there may be."""
