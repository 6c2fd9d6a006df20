"""Programs that measure. Nothing imports them."""
