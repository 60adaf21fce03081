"""Create, update, delete, void; batches; idempotency by requestid."""
