"""Calls to AWS: requests, answers, refusals, partitions."""
