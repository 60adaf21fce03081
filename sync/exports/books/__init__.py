"""The step that looks at what the books hold: reading it, deciding about it, linking it."""
