"""Going back in a run: its state as it was, by checkpoints and by running again from them."""
