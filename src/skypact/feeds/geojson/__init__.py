"""GeoJSON: features in and out."""

from skypact.feeds.geojson.encode import geojson_of_plots, geojson_of_tracks

__all__ = ["geojson_of_plots", "geojson_of_tracks"]
