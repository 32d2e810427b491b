"""Emotion from the shape of a face alone: a linear model on distances and angles of its landmarks."""
