"""The verbs of `drumlin discriminant`, one file each."""
