"""One-time codes: where they come from and which were used."""
