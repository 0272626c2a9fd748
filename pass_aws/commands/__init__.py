"""One file per verb: reads arguments, prints results."""
