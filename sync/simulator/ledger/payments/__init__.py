"""Payments and what they are applied to."""
