"""What needs a person: one ranking for the first page and for e-mail, and who is mailed when."""
