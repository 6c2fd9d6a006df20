"""dSprites: one white square, ellipse or heart on black, 64 x 64, of five factors. 737,280 pictures in all."""
