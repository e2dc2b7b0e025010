"""What was received or shown, judged: figures, plots and reports for people."""
