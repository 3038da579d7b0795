"""The parts of the Cost section."""
