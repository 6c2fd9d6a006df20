"""Networks behind two protocols, found through one registry."""
