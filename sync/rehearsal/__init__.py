"""A month of a company rehearsed in a stand-in for QuickBooks, beside what the real books hold."""
