"""A person's sentence to what should change: words, parse, lexicon, resolve."""
