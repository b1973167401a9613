"""Faults of every kind, injected into running servers, and the promises that must outlive them."""
