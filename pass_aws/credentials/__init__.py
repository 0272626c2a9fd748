"""Turns a profile into credentials: chain, plan, resolve, deliver, explain."""
