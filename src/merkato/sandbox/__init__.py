"""Stand-ins for outside companies, for the demo and for tests: they speak those companies' protocols on this machine, and move no money."""
