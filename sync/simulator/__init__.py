"""A stand-in for QuickBooks Online, for development and tests: nothing of the product is imported."""
