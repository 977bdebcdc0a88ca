"""Services for hire: kinds of jobs, jobs and their feed, offers, evaluations."""

from merkato.domains.hiring.routes import evaluations, feed, jobs, kinds, offers

ROUTERS = (kinds.routes, jobs.routes, feed.routes, offers.routes, evaluations.routes)
