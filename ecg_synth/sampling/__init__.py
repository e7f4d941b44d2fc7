"""Trained runs made to give samples: seeds and classes in, images and what they decode to out."""
