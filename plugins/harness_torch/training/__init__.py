"""Training a network from scratch, its new last layer alone, or all of it from given weights."""
