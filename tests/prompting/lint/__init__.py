"""A package, so that its tests may have names that others have too."""
