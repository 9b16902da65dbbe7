"""How fast and how small Interlock is: one file per benchmark, each on a fresh database, beside its peers in the same run."""
