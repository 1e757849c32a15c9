"""What breaks from outside: kills, full disks, closed doors."""
