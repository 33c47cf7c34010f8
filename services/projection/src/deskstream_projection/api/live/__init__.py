"""The live feed `/ws/customer-support`."""
