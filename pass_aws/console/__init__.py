"""The AWS console in a browser: URLs, sign-in, and starting the browser."""
