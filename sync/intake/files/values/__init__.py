"""Single cells: amounts, dates, texts."""
