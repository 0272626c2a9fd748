"""One-time codes: their sources, used codes, prompts, virtual devices."""
