"""Services for hire: kinds of jobs, jobs, offers, evaluations."""

from merkato.domains.hiring.routes import evaluations, jobs, kinds, offers

__all__ = ["evaluations", "jobs", "kinds", "offers"]
