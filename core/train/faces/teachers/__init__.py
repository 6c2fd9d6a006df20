"""Networks of others that read faces. They teach our own reader; no user's machine needs them."""
