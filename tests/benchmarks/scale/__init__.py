"""`make scale`: what pages cost with many payments and many units."""
