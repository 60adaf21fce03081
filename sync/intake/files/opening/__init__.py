"""From bytes to one table: encodings, delimiters, sheets, the header row."""
