"""What can be said about one array of numbers, in NumPy alone."""
