"""Recording a run and explaining its end."""
