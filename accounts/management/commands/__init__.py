"""What is done for people from a shell."""
