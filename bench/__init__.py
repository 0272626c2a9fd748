"""How long things take, beside the least they could take; README.md says how to read it."""
