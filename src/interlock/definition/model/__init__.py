"""What a workflow is: frozen values, no behaviour."""
