"""Charts: one theme, one function a chart kind, numbers in, a Chart block out."""
