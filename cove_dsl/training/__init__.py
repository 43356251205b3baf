"""What trainers read: datasets made from runs, and their way back to what can be verified."""
