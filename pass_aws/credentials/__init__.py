"""A profile becomes credentials: chain, plan, resolve, deliver, explain."""
