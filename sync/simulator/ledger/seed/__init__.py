"""What a newly made company holds."""
