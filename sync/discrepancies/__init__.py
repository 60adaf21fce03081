"""Where QuickBooks and we no longer agree: refunds that it was not told of."""
