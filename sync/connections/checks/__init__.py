"""What is right, doubtful or wrong about a connection, in lines of one kind."""
