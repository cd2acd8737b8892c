"""What keeps a workspace's stores: checking and mending them, and taking all of it to another place and back."""
