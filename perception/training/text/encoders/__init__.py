"""Transformers that learn the emotion of text, from pretrained sentence encoders."""
