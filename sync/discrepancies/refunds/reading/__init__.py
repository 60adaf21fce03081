"""Reading QuickBooks for what adjusts refunds, and keeping it."""
