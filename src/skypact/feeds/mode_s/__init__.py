"""Mode S and ADS-B: Beast bytes to messages and plots, and the encoder for the simulator."""
