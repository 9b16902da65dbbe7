"""What every benchmark measures with: clocks, counters, a fresh database, and the way a result is shown."""
