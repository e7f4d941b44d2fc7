"""PTB-XL as small images."""
