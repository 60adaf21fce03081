"""Notifications of changes: their two formats, signature, delivery and retries."""
