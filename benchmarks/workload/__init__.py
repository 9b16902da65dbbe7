"""What Interlock is given to do: workflows, the executors of their nodes, and worker processes that run them."""
