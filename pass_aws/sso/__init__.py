"""Identity Center and `aws login`: sign-in flows, tokens, accounts, generated profiles."""
