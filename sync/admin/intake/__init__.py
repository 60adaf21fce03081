"""Bringing files in: upload, questions, preview, confirm, what came of it, and undo."""
