"""A stand-in for Vonigo, for development and tests; imports nothing of the product."""
