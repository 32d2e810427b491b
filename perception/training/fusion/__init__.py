"""The gated cross-modal network: trained on synthetic pairs of what the senses make of faces, voices and sentences."""
