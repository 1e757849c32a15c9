"""What type checkers read of the tests."""
