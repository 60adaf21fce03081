"""What columns hold, and what their values prove of how they are written."""
