"""What follows a training: looks at the model when an epoch is over, and writes down what it saw."""
