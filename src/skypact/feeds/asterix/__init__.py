"""ASTERIX in and out: definitions as tables, columnar decoding, plots, and the encoder."""
