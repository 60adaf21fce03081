"""Sales tax of each kind of company."""
