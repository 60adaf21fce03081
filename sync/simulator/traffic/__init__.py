"""What meets a request before the ledger does: its reading, limits, faults on demand, refusals."""
