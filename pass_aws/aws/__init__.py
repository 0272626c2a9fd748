"""The door to AWS: calls, answers, refusals, partitions."""
