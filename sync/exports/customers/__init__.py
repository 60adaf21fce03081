"""Our customers and QuickBooks': which are the same, and what name the others get there."""
