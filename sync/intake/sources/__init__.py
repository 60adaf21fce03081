"""Sources that are pulled: one folder each, behind `interface.Source`, through the one door."""
