"""Programs that teach the reader of sentences."""
