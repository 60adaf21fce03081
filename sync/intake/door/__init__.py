"""The one door: whatever brings customers, invoices, receipts or refunds calls `door.deliver`.

Incoming says what may be delivered, checking what is believable by itself; the rest lays what came
over what is stored.
"""
