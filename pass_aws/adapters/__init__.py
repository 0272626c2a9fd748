"""The doors: one outside thing per file, no decisions."""
