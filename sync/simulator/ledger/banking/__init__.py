"""Deposit, Purchase and JournalEntry."""
