"""The world `scenes`: one to four Nouns anywhere on a canvas of 64 x 64, before grounds of many kinds, with captions."""
