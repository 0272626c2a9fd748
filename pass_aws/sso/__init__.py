"""Identity Center and `aws login`: flows, tokens, accounts, profiles written for them."""
