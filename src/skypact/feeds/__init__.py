"""Stage 1, bytes to plots: receive, frame, decode, reject; and the encoders for what goes out."""
