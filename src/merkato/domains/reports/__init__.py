"""Reports owns figures for staff; it keeps nothing, and reads what the books, orders, accounts and stock say now."""
