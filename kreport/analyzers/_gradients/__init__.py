"""The parts of the Gradients section."""
