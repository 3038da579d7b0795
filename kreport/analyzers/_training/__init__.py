"""The parts of the Training section: what is measured, its names, sentences, tables and charts."""
