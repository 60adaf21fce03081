"""Asks a sandbox company which of our assumptions about Intuit hold, and leaves it as it was."""
