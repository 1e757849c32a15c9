"""headrace's tests."""
