"""The parts of the overview: sentences, key figures, ribbon."""
