"""What the Architecture section is made of: facts, measuring, sentences, blocks."""
