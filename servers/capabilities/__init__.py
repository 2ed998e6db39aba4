"""What can be called: one folder a kind, all behind one small interface."""
