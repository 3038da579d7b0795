"""The report as data: blocks, sections, measurements' codec."""
