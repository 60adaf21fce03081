"""JSON lines over HTTP: the smallest source, and the example of how one is written."""
