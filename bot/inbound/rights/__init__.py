"""Who may do and see what, asked at the doors."""
