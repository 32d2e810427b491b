"""Pages of the documentation that the code writes: `python -m evals.pages.briefings` writes one anew."""
