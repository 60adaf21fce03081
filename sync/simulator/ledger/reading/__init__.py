"""Queries, change data capture and reports."""
