"""Who may do what with jobs, offers and evaluations."""

from house.access.matrix import People, Row, everyone, prepares, signed_in, staff
from make import jobs
from make.answers import made
from merkato.kit import ids


@prepares("new_kind")
async def new_kind(_people: People) -> str:
    return f"kind_{ids.new().hex}"


@prepares("kind_id")
async def kind(people: People) -> str:
    return str((await made(people.staff, "/v1/job-kinds", name=await new_kind(people), title="A kind"))["id"])


@prepares("job_id")
async def job(people: People) -> str:
    return str((await jobs.job(people.owner))["id"])


@prepares("offer")
async def offer(people: People) -> str:
    """The owner's job, and the stranger's offer on it."""
    job_id = await job(people)
    return f"{job_id}/offers/{(await jobs.offer(people.stranger, job_id))['id']}"


@prepares("accepted")
async def accepted(people: People) -> str:
    path = await offer(people)
    assert (await people.owner.post(f"/v1/jobs/{path}/accept")).status_code == 200
    return path


@prepares("assigned_job_id")
async def assigned(people: People) -> str:
    return (await accepted(people)).partition("/")[0]


@prepares("paid_job_id")
async def paid(people: People) -> str:
    job_id = await assigned(people)
    assert (await jobs.pay(people.owner, job_id)).status_code == 200
    return job_id


@prepares("worker_id")
async def worker(people: People) -> str:
    """The stranger, who has earned something."""
    assert (await people.owner.post(f"/v1/jobs/{await paid(people)}/complete")).status_code == 200
    return str((await people.stranger.get("/v1/me")).json()["id"])


@prepares("evaluated_job_id")
async def evaluated(people: People) -> str:
    """The owner has evaluated the stranger."""
    job_id = await assigned(people)
    await made(people.owner, f"/v1/jobs/{job_id}/evaluation", **jobs.GOOD)
    return job_id


def owners(route: str, status: int = 200, **more: object) -> Row:
    """For the owner of the job alone; others may see it and are told so."""
    return Row(route, 401, 403, status, 403, 403, **more)  # type: ignore[arg-type]  # As a row takes it.


def authors(route: str, status: int = 200, **more: object) -> Row:
    """For the stranger alone, who has made the offer."""
    return Row(route, 401, status, 403, 403, 403, **more)  # type: ignore[arg-type]  # As above.


JOB = "/v1/jobs/{job_id}"
OFFER = JOB + "/offers/{offer_id}"
CARD = {"payment": {"provider": "simulated", "token": "success"}}
PAYOUT = {"account_id": "{worker_id}", "amount": {"amount": 100, "currency": "EUR"}}
KEY = {"Idempotency-Key": "{key}"}
TEXT = {"text": "Is there a lift?"}
ROWS = (
    signed_in("GET /v1/job-kinds"),
    staff("POST /v1/job-kinds", 201, body={"name": "{new_kind}", "title": "Another kind"}),
    staff("PATCH /v1/job-kinds/{kind_id}", body={"active": False}),
    signed_in("GET /v1/jobs"),
    signed_in("POST /v1/jobs", 201, body=jobs.KITCHEN),
    signed_in("GET /v1/jobs/open"),
    signed_in("GET /v1/feed/jobs"),
    # Who is let in is told what is wrong with the header; the stream itself would not end.
    signed_in("GET /v1/feed/jobs/stream", 422, headers={"Last-Event-ID": "none"}),
    signed_in(f"GET {JOB}"),
    owners(f"PATCH {JOB}", body={"title": "Another title"}),
    owners(f"DELETE {JOB}", 204),
    owners(f"POST {JOB}/pay", at="/v1/jobs/{assigned_job_id}/pay", body=CARD, headers=KEY),
    owners(f"POST {JOB}/complete", at="/v1/jobs/{paid_job_id}/complete"),
    owners(f"GET {JOB}/payments"),
    owners(f"GET {JOB}/refunds"),
    owners(f"POST {JOB}/cancel"),
    owners(f"GET {JOB}/offers"),
    Row(f"POST {JOB}/offers", 401, 201, 409, 201, 201, body={}),
    Row(f"GET {OFFER}", 401, 200, 200, 403, 403, at="/v1/jobs/{offer}"),
    authors(f"DELETE {OFFER}", 204, at="/v1/jobs/{offer}"),
    owners(f"POST {OFFER}/accept", at="/v1/jobs/{offer}/accept"),
    owners(f"POST {OFFER}/reject", at="/v1/jobs/{offer}/reject"),
    authors(f"POST {OFFER}/cancel", at="/v1/jobs/{accepted}/cancel"),
    Row(f"GET {OFFER}/messages", 401, 200, 200, 403, 403, at="/v1/jobs/{offer}/messages"),
    Row(f"POST {OFFER}/messages", 401, 201, 201, 403, 403, at="/v1/jobs/{offer}/messages", body=TEXT),
    signed_in(f"GET {JOB}/evaluation", at="/v1/jobs/{evaluated_job_id}/evaluation"),
    owners(f"POST {JOB}/evaluation", 201, at="/v1/jobs/{assigned_job_id}/evaluation", body=jobs.GOOD),
    authors(f"PUT {JOB}/evaluation/reply", at="/v1/jobs/{evaluated_job_id}/evaluation/reply", body=TEXT),
    signed_in("GET /v1/me/earnings"),
    signed_in("GET /v1/me/payouts"),
    staff("GET /v1/payouts"),
    staff("POST /v1/payouts", 201, body=PAYOUT, headers=KEY),
    everyone("GET /v1/profiles/{handle}/evaluations"),
    everyone("GET /v1/profiles/{handle}/evaluations/stats"),
)
