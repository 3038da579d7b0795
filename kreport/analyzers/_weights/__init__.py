"""What the Weights section is made of; the section itself is ``kreport.analyzers.weights``."""
