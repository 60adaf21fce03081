"""Connecting a business unit to its QuickBooks company, and staying connected."""
