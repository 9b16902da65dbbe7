"""The demo: real workflows over a real data set, with a worker killed in the middle. Run it with `make demo`."""
