"""Where sensors can see, over real terrain.

In: height models, masts and their sensors. Out: the lowest visible altitude round each mast,
network maps and figures. Heights are above mean sea level throughout; terrain models give them
so, and a plan does not need better than the geoid's tens of metres.
"""
