"""A stand-in for QuickBooks Online, for development and tests; imports nothing of the product."""
