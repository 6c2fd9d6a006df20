"""The Nouns: pixel-art characters of five slots on a canvas of 32 x 32."""
