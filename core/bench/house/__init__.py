"""The house as a whole: many visitors at once, and hostile ones, over the real page and its endpoints."""
