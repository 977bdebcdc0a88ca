"""The commands that do one thing and end: what they print, what they change, and how they refuse."""

import json
import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from cli import stores
from cli.stores import Server, Store
from make import shopify
from merkato import __version__, migrations
from merkato.cli import COMMANDS, Loading
from merkato.cli.greeting import presets
from merkato.kit import embedded
from merkato.kit.keys import KeyRing
from merkato.settings import Settings, variables

PASSWORD = "correct horse battery staple"
ROOT = Path(__file__).parents[2]


def create(store: Store, email: str, *words: str, text: str = "") -> "subprocess.CompletedProcess[str]":
    return store.do("accounts", "create", "--email", email, "--name", "Anna", *words, text=text)


def test_version_and_help(store: Store) -> None:
    assert store.run("--version").stdout == f"merkato {__version__}\n"
    assert "doctor" in store.do("--help").stdout


def test_what_is_listed_is_what_each_command_says_of_itself() -> None:
    for name, (_, sentence) in COMMANDS.items():
        assert Loading()[name].help.splitlines()[0] == sentence, name


def test_listing_the_commands_loads_nothing_of_the_shop() -> None:
    program = (
        "import sys; from merkato.cli import main; sys.argv[1:] = ['--help']\ntry: main()\nfinally: print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert "merkato.cli.failures" in done.stdout
    assert "merkato.domains" not in done.stdout


@pytest.mark.parametrize(
    "words",
    [["serve", "--bogus"], ["bogus"], ["migrate", "--bogus"], ["serve", "--port", "70000"], ["accounts", "create"]],
)
def test_wrong_use_is_2(store: Store, words: list[str]) -> None:
    done = store.do(*words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_wrong_settings_are_named_but_not_shown(store: Store) -> None:
    done = store.do("config", MERKATO_PORT="geheim", MERKATO_SECRET_KEY="geheim", MERKATO_WORKER="geheim")
    assert done.returncode == 1
    assert [line.split()[0] for line in done.stderr.splitlines()] == [
        "MERKATO_PORT",
        "MERKATO_SECRET_KEY",
        "MERKATO_WORKER",
    ]
    assert "geheim" not in done.stderr


@pytest.mark.parametrize(
    "url", ["geheim", "mysql://a:geheim@h/x", "postgresql://a:geheim@h:port/x", "postgresql://a:geheim@h/x?geheim2=1"]
)
def test_a_malformed_url_is_one_sentence(store: Store, url: str) -> None:
    done = store.do("serve", "--port", "0", DATABASE_URL=url)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("MERKATO_DATABASE_URL is wrong: ")
    assert "geheim@" not in done.stderr


def test_a_home_that_cannot_be_is_one_sentence(store: Store) -> None:
    (store.folder / "file").touch()
    for words in (["serve", "--port", "0"], ["migrate"], ["keys", "rotate"]):
        done = store.do(*words, MERKATO_HOME=str(store.folder / "file"))
        assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
        assert str(store.folder / "file") in done.stderr


def test_config_says_what_is_in_force_and_whence(store: Store) -> None:
    (store.folder / ".env").write_text("MERKATO_CURRENCY=CHF\nMERKATO_PORT=9000\n")
    done = store.do(
        "config",
        DATABASE_URL="postgres://shop:geheim@db/shop?password=geheim",
        MERKATO_SECRET_KEY="geheim" * 6,
        MERKATO_PORT="9001",
    )
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}
    assert set(rows) == {variables(name)[0] for name in Settings.model_fields}
    assert rows["MERKATO_CURRENCY"] == ["CHF", ".env"]
    assert rows["MERKATO_PORT"] == ["9001", "environment"]
    assert rows["MERKATO_TAX_RATE"] == ["0", "default"]
    assert rows["MERKATO_DATABASE_URL"] == ["postgres://shop:***@db/shop", "environment", "(DATABASE_URL)"]
    assert rows["MERKATO_SECRET_KEY"] == ["***", "environment"]
    assert "geheim" not in done.stdout + done.stderr


def test_the_example_of_a_dotenv_file_is_current(store: Store) -> None:
    printed = store.do("config", "--example").stdout
    assert printed == (ROOT / ".env.example").read_text(), "run: merkato config --example > .env.example"
    names = [line[2:].partition("=")[0] for line in printed.splitlines() if line.startswith("# MERKATO_")]
    assert names == [variables(name)[0] for name in Settings.model_fields]


def test_the_example_holds_the_defaults(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("MERKATO_") or name in {"DATABASE_URL", "PORT"}]:
        monkeypatch.delenv(name)
    lines = [line[2:] for line in (ROOT / ".env.example").read_text().splitlines() if line.startswith("# MERKATO_")]
    path = store.folder / "all.env"
    path.write_text("\n".join(line for line in lines if not line.endswith("=") or "_PATH" in line))
    assert Settings(_env_file=path) == Settings(_env_file=None)


def test_a_demo_presets_what_the_settings_leave_open() -> None:
    said = Settings(_env_file=None, log_level="info", tax_rate="0.07")
    assert {"shipping_rate", "rate_limit_address", "rate_limit_account"} == set(presets(said, at_a_terminal=True))
    silent = Settings(_env_file=None)
    assert presets(silent, at_a_terminal=True)["log_level"] == "warning"
    assert "log_level" not in presets(silent, at_a_terminal=False)


def test_fresh_keys_are_good_for_a_server(store: Store) -> None:
    (store.folder / ".env").write_text(first := store.do("keys", "new").stdout)
    assert store.do("keys", "new").stdout != first
    settings = Settings(_env_file=store.folder / ".env")
    assert settings.secret_key is not None
    assert settings.signing_keys is not None
    assert KeyRing(settings.signing_keys.get_secret_value()).public["keys"]
    refused = store.do("keys", "rotate")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)


def test_keys_rotate_and_the_old_ones_stay_good(store: Store) -> None:
    path = store.home / "keys" / "signing.json"
    kept: list[str] = []
    for _ in range(4):
        assert store.do("keys", "rotate").returncode == 0
        kids = [key["kid"] for key in json.loads(path.read_text())["keys"]]
        assert kids[1 : 1 + len(kept[:2])] == kept[:2]
        kept = kids
    assert len(kept) == 3
    assert path.stat().st_mode & 0o777 == 0o600


def test_accounts(shop: Store, server: Server) -> None:
    assert create(shop, "admin@example.com", "--admin", "--password", PASSWORD).returncode == 0
    assert create(shop, "anna@example.com", text=f"{PASSWORD}\n").returncode == 0
    twice = create(shop, "ANNA@example.com", "--password", PASSWORD)
    assert (twice.returncode, twice.stderr.count("\n")) == (1, 1)
    short = create(shop, "other@example.com", "--password", "geheim")
    assert (short.returncode, short.stderr.count("\n")) == (2, 1)
    assert "geheim" not in short.stderr
    assert create(shop, "no address", "--password", PASSWORD).returncode == 2
    assert shop.do("accounts", "remove-factors", "--email", "Anna@example.com").returncode == 0
    unknown = shop.do("accounts", "remove-factors", "--email", "nobody@example.com")
    assert (unknown.returncode, unknown.stderr.count("\n")) == (1, 1)


def test_the_url_of_the_database_is_for_other_programs(shop: Store, server: Server) -> None:
    done = shop.do("database", "url")
    assert (done.returncode, done.stderr, done.stdout) == (0, "", f"{embedded.url_of(shop.home)}\n")
    external = shop.do("database", "url", DATABASE_URL="postgresql://shop:word@db/shop")
    assert external.stdout == "postgresql://shop:word@db/shop\n"


def test_the_url_of_no_database(store: Store) -> None:
    done = store.do("database", "url")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


def test_the_doctor_is_content_and_knows_our_server(shop: Store, server: Server) -> None:
    done = shop.do("doctor", MERKATO_PORT=server.url.rpartition(":")[2])
    assert done.returncode == 0, done.stdout
    assert "is served by Merkato" in done.stdout
    assert "PostgreSQL 18" in done.stdout


def test_the_doctor_names_what_is_wrong(store: Store) -> None:
    done = store.do("doctor", DATABASE_URL="postgresql://shop:geheim@127.0.0.1:1/shop")
    assert done.returncode == 1
    wrong = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("WRONG")]
    assert wrong == ["keys", "database"]
    assert done.stderr.count("\n") == 1
    assert store.do("doctor", MERKATO_PORT="x").returncode == 1


def test_migrations_go_up_down_and_up_with_data(store: Store) -> None:
    assert store.do("migrate", "--current").stdout == "empty\n"
    assert store.do("migrate").stdout == f"{migrations.head()} (head)\n"
    assert store.do("migrate", "--heads").stdout == f"{migrations.head()}\n"
    assert create(store, "anna@example.com", "--password", PASSWORD).returncode == 0
    refused = store.do("migrate", "-1")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "is lost" in refused.stderr
    assert "`merkato migrate -1 --yes`" in refused.stderr
    assert create(store, "anna@example.com", "--password", PASSWORD).returncode == 1
    assert store.do("migrate", "base", "--yes").stdout == "empty\n"
    assert store.do("migrate", "+1").returncode == 0
    assert store.do("migrate", "head").stdout == f"{migrations.head()} (head)\n"
    for unknown in ("abcdef123456", "-99"):
        done = store.do("migrate", unknown, "--yes")
        assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests are one")
def test_an_ordinary_user_has_a_store_too() -> None:
    store = stores.made()
    store.folder.chmod(0o777)
    try:
        for _ in range(2):
            done = as_nobody(store, "migrate")
            assert done.returncode == 0, done.stderr
    finally:
        store.clear()


def as_nobody(store: Store, *words: str) -> "subprocess.CompletedProcess[str]":
    user = pwd.getpwnam("nobody")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "merkato", *words],
            env=store.environment({}),
            cwd=store.folder,
            user=user.pw_uid,
            group=user.pw_gid,
            extra_groups=(),
            capture_output=True,
            text=True,
            check=False,
        )
    except PermissionError:
        pytest.skip("nobody cannot reach this interpreter")
    if "No module named" in done.stderr:
        pytest.skip("nobody cannot reach this checkout")
    return done


def test_a_command_that_has_loaded_a_part_of_the_shop_knows_all_its_tables(store: Store, database_url: str) -> None:
    # In a process of its own: here every table is known already.
    file = shopify.written(store.folder, shopify.mug())
    done = store.run("import", "shopify", str(file), DATABASE_URL=database_url)
    assert done.returncode == 0, done.stderr
    assert "created" in done.stdout
