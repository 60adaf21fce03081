"""The simulator's own handles below /_simulator/."""
