"""Vonigo as a source. What is known of its API is unofficial: what differs is told, not guessed."""
