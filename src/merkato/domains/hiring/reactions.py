"""What hiring does when others announce something."""

from merkato.domains.hiring import service
from merkato.domains.identity.events import AccountDeleted
from merkato.store import Store


async def withdraw(store: Store, event: AccountDeleted) -> None:
    """Nobody waits for somebody who is gone: their open jobs are cancelled and their pending offers taken back, one at a time."""
    for job_id in await store.database.run(service.waiting_for, event.account_id):
        await store.database.run(service.withdraw, event.account_id, job_id)
