"""Programs that make the weights. Nothing imports them."""
