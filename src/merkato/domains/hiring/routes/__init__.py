"""Services for hire: kinds of jobs, jobs, offers, evaluations."""

from merkato.domains.hiring.routes import evaluations, jobs, kinds, offers

ROUTERS = (kinds.routes, jobs.routes, offers.routes, evaluations.routes)
