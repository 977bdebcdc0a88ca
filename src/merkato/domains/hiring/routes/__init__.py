"""Services for hire: kinds of jobs, jobs, offers, evaluations, money."""

from merkato.domains.hiring.routes import evaluations, jobs, kinds, money, offers

ROUTERS = (kinds.routes, jobs.routes, money.routes, offers.routes, evaluations.routes)
