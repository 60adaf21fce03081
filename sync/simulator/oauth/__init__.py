"""Intuit's OAuth 2: grants, tokens and signed id tokens."""
