"""Rules and doors put together, one ability per file."""
