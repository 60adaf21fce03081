"""Running it: signs of life, health, figures for a monitor, keys, and what is misconfigured."""
