"""Programs that measure how fast the code is. They test nothing, and nothing waits for them."""
