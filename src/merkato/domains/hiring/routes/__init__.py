"""Services for hire: kinds of jobs, jobs and their feed, offers, evaluations, money."""

from merkato.domains.hiring.routes import evaluations, feed, jobs, kinds, money, offers

ROUTERS = (kinds.routes, jobs.routes, feed.routes, money.routes, offers.routes, evaluations.routes)
