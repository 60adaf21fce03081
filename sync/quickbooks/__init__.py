"""The only room that speaks to Intuit; it knows nothing of what is stored here."""
