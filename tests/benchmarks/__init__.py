"""Programs that measure the product on this machine; `make bench` runs them, pytest does not."""
