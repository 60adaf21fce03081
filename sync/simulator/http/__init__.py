"""Intuit's addresses: one exchange from first byte to last, the API and the OAuth endpoints."""
