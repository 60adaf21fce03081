"""What a person sees in a browser: the consent page and the companies' books."""
