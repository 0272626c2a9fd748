"""The AWS files: text to sections, precedence, settings with their origin."""
