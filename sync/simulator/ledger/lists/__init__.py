"""Names, items, accounts and the other lists; preferences."""
