"""What passed, kept: the plot and track tables in Parquet, by their contracts."""
