"""Reading files of invoices, payments and refunds, as other systems and people write them.

Bytes go in; staged rows, questions and the file's own totals come out. Nothing here knows a
database, runs a formula, rounds, or guesses where the file does not tell: it asks.
"""
