"""From a definition to the rows that the control plane joins on."""
