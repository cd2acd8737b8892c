"""The eval harness: which prompt is better, by how much, how sure, at what cost."""
