"""How dates are written: as words, since 5/9 is two days in two countries."""
