"""What outlives a restart: the state file, the clock, the switches, the journal."""
