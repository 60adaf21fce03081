"""Everything that can stop a site, done to a real one: how long work stands, what is told."""
