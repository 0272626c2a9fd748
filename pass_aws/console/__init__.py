"""The AWS console in a browser: addresses, sign-in, and the door to the browser."""
