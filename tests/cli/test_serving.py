"""The server as a process: it starts, answers, shares, ends, and says in one sentence why it cannot."""

import asyncio
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator

import asyncpg
import httpx
import pytest

from cli.stores import Server, Store, alive, eventually
from docs import terminal
from make import figures
from make.figures import answered
from make.orders import BERLIN, total
from merkato.kit import embedded, keys
from services.collector import beside

PASSWORD = "correct horse battery staple"


def register(server: Server, name: str) -> httpx.Response:
    draft = {"email": f"{name}@example.com", "password": PASSWORD, "name": name}
    return httpx.post(f"{server.url}/v1/accounts", json=draft, timeout=30)


def log_in(server: Server, email: str, password: str = PASSWORD) -> int:
    form = {"grant_type": "password", "username": email, "password": password}
    return httpx.post(f"{server.url}/v1/auth/tokens", data=form, timeout=30).status_code


def test_it_lives_and_is_ready(server: Server) -> None:
    assert server.get("/health/live").json() == {"status": "live"}
    ready = server.get("/health/ready")
    assert ready.json() | {"worker": ""} == {"status": "ready", "database": "up", "migrations": "current", "worker": ""}
    assert len(server.workers) == 2


def test_the_inline_worker_runs(server: Server) -> None:
    eventually(lambda: server.get("/health/ready").json()["worker"] == "running")


def test_its_log_is_structured_and_its_own(server: Server) -> None:
    server.get("/health/live")
    eventually(lambda: server.said("request"))
    text = server.log.read_text()
    assert len(server.lines) == len(text.splitlines()), text
    assert "postgresql://" not in text


def test_two_servers_share_one_home(shop: Store, server: Server) -> None:
    assert register(server, "shared").status_code == 201
    second = shop.serve().ready()
    assert log_in(second, "shared@example.com") == 200
    assert second.stop() == 0
    # The first still has its database.
    assert log_in(server, "shared@example.com") == 200


def test_a_taken_port_is_one_sentence(shop: Store, server: Server) -> None:
    port = server.url.rpartition(":")[2]
    done = shop.run("serve", "--port", port)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"Port {port} of 127.0.0.1 is taken: ")
    assert "`merkato serve --port" in done.stderr


def test_a_port_taken_by_another_program_is_one_sentence(store: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = store.do("serve", "--port", str(other.getsockname()[1]))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "is taken" in done.stderr


def test_of_two_servers_started_at_once_one_gets_the_port(shop: Store, server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    both = [shop.start("serve", "--port", port) for _ in range(2)]
    eventually(lambda: any(each.process.poll() is not None for each in both))
    loser = next(each for each in both if each.process.poll() is not None)
    winner = next(each for each in both if each is not loser)
    assert loser.process.returncode == 1
    assert "is taken" in loser.log.read_text()
    assert winner.ready().stop() == 0


def test_an_address_of_another_machine_is_wrong_use(shop: Store, server: Server) -> None:
    done = shop.do("serve", "--host", "203.0.113.1")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_whichever_process_is_asked_tells_what_all_have_counted(server: Server) -> None:
    for _ in range(30):
        assert server.get("/v1/products").status_code == 200
    # A request is counted when its answer is on the way.
    eventually(lambda: figures.read(server.get("/metrics").text)[answered("GET", 200, "/v1/products")] == 30)
    every = [figures.read(server.get("/metrics").text) for _ in range(8)]
    assert {told[answered("GET", 200, "/v1/products")] for told in every} == {30}
    assert {("process_open_fds", "0"), ("process_open_fds", "1")} <= set(every[0])


def test_a_worker_that_dies_is_replaced_and_what_it_counted_is_not_forgotten(shop: Store) -> None:
    server = shop.serve(MERKATO_METRICS="true").ready()
    assert server.status("/v1/products") == 200
    eventually(lambda: answered("GET", 200, "/v1/products") in figures.read(server.get("/metrics").text))
    [worker] = server.workers
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: server.workers and server.workers != [worker] and server.status("/health/live") == 200)
    told = figures.read(server.get("/metrics").text)
    assert told[answered("GET", 200, "/v1/products")] == 1
    assert told["http_server_active_requests",] == 1
    assert server.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_ends_well(shop: Store, number: signal.Signals) -> None:
    server = shop.serve().ready()
    [worker] = server.workers
    # A connection that is kept alive and idle does not hold it up.
    with httpx.Client(base_url=server.url) as client:
        assert client.get("/health/live").status_code == 200
        began = time.monotonic()
        assert server.stop(number) == 0
        assert time.monotonic() - began < 25
    assert not alive(worker)
    assert server.status("/health/live") == 0


def test_requests_under_way_come_to_their_end(shop: Store) -> None:
    server = shop.serve().ready()
    answers: list[httpx.Response] = []
    asking = threading.Thread(target=lambda: answers.append(register(server, "patient")))

    async def held_up() -> None:
        url = embedded.url_of(shop.home)
        connection = await asyncpg.connect(url)
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("LOCK TABLE identity_accounts IN ACCESS EXCLUSIVE MODE")
        asking.start()
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while not await connection.fetchval(waiting):
            await connection.execute("SELECT pg_sleep(0.02)")
        server.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.5)
        await transaction.rollback()
        await connection.close()

    asyncio.run(held_up())
    asking.join()
    assert [answer.status_code for answer in answers] == [201]
    assert server.process.wait(60) == 0


def test_after_kill_9_the_workers_end_and_the_next_start_finds_everything(store: Store) -> None:
    server = store.serve("--workers", "2").ready()
    port = server.url.rpartition(":")[2]
    assert register(server, "kept").status_code == 201
    workers = server.workers
    server.process.kill()
    server.process.wait()
    # At once, on the same port, while the orphans are still about.
    second = store.start("serve", "--port", port).ready()
    assert not any(alive(worker) for worker in workers)
    assert log_in(second, "kept@example.com") == 200
    assert second.stop() == 0
    assert not store.database()


def test_a_killed_embedded_database_comes_back(store: Store) -> None:
    server = store.serve().ready()
    assert register(server, "before").status_code == 201
    [postmaster, *_] = store.database()
    os.kill(postmaster, signal.SIGKILL)
    eventually(lambda: store.database() and store.database()[0] != postmaster)
    server.ready()
    assert log_in(server, "before@example.com") == 200
    assert server.stop() == 0
    assert not store.database()


@pytest.fixture
def external(store: Store, shop: Store) -> Iterator[dict[str, str]]:
    """Settings of a store whose database is another's embedded one, as any external database."""
    with embedded.start(store.home) as database:
        yield {
            "DATABASE_URL": database.url,
            "MERKATO_HOME": str(store.folder / "other"),
            "MERKATO_SECRET_KEY": keys.fresh_secret(),
            "MERKATO_SIGNING_KEYS": keys.kept_signing_keys(store.folder / "keys"),
            "MERKATO_DATABASE_WAIT": "60",
        }


def test_an_external_database_is_migrated_by_command_only(store: Store, external: dict[str, str]) -> None:
    server = store.serve(**external)
    eventually(lambda: server.status("/health/ready") == 503)
    eventually(lambda: server.get("/health/ready").json()["migrations"] == "behind")
    assert server.get("/health/live").status_code == 200
    eventually(lambda: any("`merkato migrate`" in line["detail"] for line in server.said("waiting")))
    refused = store.run(
        "accounts", "create", "--email", "a@example.com", "--name", "A", "--password", PASSWORD, **external
    )
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "`merkato migrate`" in refused.stderr
    assert store.do("migrate", **external).returncode == 0
    server.ready()
    assert register(server, "late").status_code == 201
    assert server.stop() == 0


def test_it_survives_a_restart_of_the_database(store: Store, external: dict[str, str]) -> None:
    store.do("migrate", **external)
    server = store.serve(**external, MERKATO_SWEEP_SECONDS="1").ready()
    eventually(lambda: asyncio.run(last_sweep(external["DATABASE_URL"])))
    os.kill(store.database()[0], signal.SIGKILL)
    eventually(lambda: server.status("/health/ready") == 503)
    assert server.get("/health/ready").json()["database"] == "down"
    assert server.get("/health/live").status_code == 200
    with embedded.start(store.home):
        began = time.time()
        eventually(lambda: server.status("/health/ready") == 200)
        assert register(server, "afterwards").status_code == 201
        # The worker goes on too.
        eventually(lambda: asyncio.run(last_sweep(external["DATABASE_URL"])) > began)
        assert server.stop() == 0


def test_a_database_that_hangs_does_not_hang_readiness(store: Store, external: dict[str, str]) -> None:
    store.do("migrate", **external)
    server = store.serve(**external).ready()
    frozen = store.database()
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        answer = server.get("/health/ready")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert time.monotonic() - began < 5
        assert server.get("/health/live").status_code == 200
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    server.ready()
    assert server.stop() == 0


def test_a_database_that_never_comes_ends_the_start(store: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    server = store.serve(
        DATABASE_URL=f"postgres://shop:geheim@127.0.0.1:{port}/shop",
        MERKATO_DATABASE_WAIT="3",
        MERKATO_SECRET_KEY=keys.fresh_secret(),
        MERKATO_SIGNING_KEYS=keys.kept_signing_keys(store.folder),
    )
    eventually(lambda: server.status("/health/live") == 200)
    assert server.status("/health/ready") == 503
    assert server.process.wait(60) == 1
    text = server.log.read_text()
    [sentence] = [line for line in text.splitlines() if not line.startswith("{")]
    assert sentence.startswith("The database cannot be used: nothing answers at its address.")
    assert "geheim" not in text


def test_a_wrong_password_is_one_sentence(store: Store, external: dict[str, str]) -> None:
    before, _, after = external["DATABASE_URL"].partition("@")
    url = f"{before.rpartition(':')[0]}:geheim@{after}"
    for command in (["serve", "--port", "0"], ["migrate"], ["worker"]):
        done = store.run(*command, **external | {"DATABASE_URL": url, "MERKATO_DATABASE_WAIT": "0"})
        assert done.returncode == 1
        [sentence] = [line for line in done.stderr.splitlines() if not line.startswith("{")]
        assert "refuses the user or the password" in sentence
        assert "geheim" not in done.stderr


def test_missing_keys_are_one_sentence(store: Store) -> None:
    done = store.do("serve", "--port", "0", DATABASE_URL="postgresql://shop@127.0.0.1/shop")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "`merkato keys new`" in done.stderr


def all_end(processes: list[int]) -> None:
    eventually(lambda: not any(map(alive, processes)))


def sold(server: Server, token: str) -> int:
    """The status of a guest's purchase that is paid by card."""
    with httpx.Client(base_url=server.url, timeout=30) as guest:
        product = guest.get("/v1/products", params={"in_stock": True, "limit": 1}).json()["data"][0]
        variant = guest.get(f"/v1/products/{product['slug']}").json()["variants"][0]
        wanted = {"email": "a@example.com", "shipping_address": BERLIN, "lines": [{"variant_id": variant["id"]}]}
        checkout = guest.post("/v1/checkouts", json=wanted).json()
        payment = {"payment": {"provider": "stripe", "token": token}, "expected_total": total(checkout)}
        headers = {"Checkout-Token": checkout["token"], "Idempotency-Key": token}
        return guest.post(f"/v1/checkouts/{checkout['id']}/complete", json=payment, headers=headers).status_code


def as_pictured(demo: Server, store: Store) -> list[str]:
    """What a demo has printed, down to its folder, as if it were the one of the picture in README."""
    text = demo.out.read_text().replace(demo.url, terminal.SERVER).replace(str(store.home), str(terminal.HOME))
    for login in (terminal.LOGINS.shopper, terminal.LOGINS.staff):
        text = re.sub(rf"({login.email}\n  Password +)\S+", rf"\1{login.password}", text)
    return [line for line in text.splitlines() if line][:9]


def test_the_demo_prints_what_to_open_and_a_login_that_works(store: Store) -> None:
    said = []
    for _ in range(2):
        demo = store.start("demo", "--port", "0").ready()
        said.append([line.split(maxsplit=2) for line in demo.out.read_text().splitlines() if line])
        shopper, staff = (line[-1] for line in said[-1] if line[0] == "Password")
        assert log_in(demo, "demo@example.com", shopper) == 200
        assert log_in(demo, "staff@example.com", staff) == 200
        assert f"{demo.url}/" in demo.out.read_text()
        assert (sold(demo, "pm_card_visa"), sold(demo, "pm_card_chargeDeclined")) == (201, 402)
        processes = demo.workers
        assert len(processes) == 2, "The server, and the stand-in for Stripe."
        assert demo.stop() == 0
        all_end(processes)
        assert as_pictured(demo, store) == terminal.shown(terminal.FIRST_START)[1:10], "Take it with `make pictures`."
    assert (store.home / "demo.json").stat().st_mode & 0o777 == 0o600
    assert [line for line in said[0] if "Password" in line] == [line for line in said[1] if "Password" in line]


async def last_sweep(url: str) -> int:
    """The last moment for which the worker has swept, of Unix time."""
    connection = await asyncpg.connect(url)
    try:
        moment = "SELECT max(defer_timestamp) FROM public_tasks.procrastinate_periodic_defers WHERE task_name = 'checkout.sweep'"
        return await connection.fetchval(moment) or 0
    finally:
        await connection.close()


async def leave_expired_key(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(
        "INSERT INTO idempotency_keys (scope, request, holder, created_at, expires_at)"
        " VALUES ('\\x01', '\\x01', gen_random_uuid(), now(), now())"
    )
    assert await connection.fetchval("SELECT count(*) FROM idempotency_keys") == 1
    await connection.close()


async def keys_left(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM idempotency_keys"))
    finally:
        await connection.close()


def test_the_worker_runs_beside_a_server(store: Store) -> None:
    assert store.do("migrate").returncode == 0
    with beside() as collector:
        store.settings |= {"MERKATO_TRACES": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": collector.server.url}
        with embedded.start(store.home) as database:
            asyncio.run(leave_expired_key(database.url))
            worker = store.start("worker")
            eventually(lambda: asyncio.run(keys_left(database.url)) == 0)
        server = store.serve(MERKATO_WORKER="off").ready()
        assert server.get("/health/ready").json()["worker"] == "off"
        assert server.get("/v1/products").status_code == 200
        assert worker.stop() == 0
        assert server.stop() == 0
        # Each process that has something to tell has told it before it ended.
        assert {span.name for span in collector.spans} >= {"idempotency.forget", "GET /v1/products", "SELECT"}
