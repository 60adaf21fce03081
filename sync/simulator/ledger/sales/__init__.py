"""Invoice, SalesReceipt, CreditMemo and RefundReceipt."""
