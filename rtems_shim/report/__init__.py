"""What a report says of the kernel after a run. Nothing here runs while the guest does."""
