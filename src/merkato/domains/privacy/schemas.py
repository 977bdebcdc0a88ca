"""The shape of an export."""

from typing import Any

from pydantic import AwareDatetime, Field
from typing_extensions import TypeAliasType

from merkato.kit.fields import View

# With a name of its own in the OpenAPI document: clients are then generated with one kind of row, and not with one for each list.
ExportedRow = TypeAliasType("ExportedRow", dict[str, Any])
Rows = list[ExportedRow]


class PersonExport(View):
    """All that is stored on somebody. Each list holds rows as they are kept, oldest first.

    Names that end in `_minor` are amounts in the smallest unit of their currency. Hashes and sealed values, which open something, are left out.
    """

    exported_at: AwareDatetime
    account: Rows = Field(description="The account itself.")
    profile: Rows = Field(description="What everybody may see of it.")
    sessions: Rows = Field(description="Where it is or was signed in.")
    api_keys: Rows = Field(description="Keys for programs that were made by it, without their secrets.")
    authenticators: Rows = Field(description="That an app shows its codes, and since when.")
    recovery_codes: Rows = Field(description="When they were made and used.")
    passkeys: Rows
    identities: Rows = Field(description="As whom issuers and providers elsewhere know it.")
    mail_tokens: Rows = Field(description="Mails by which an address or a new password was to be confirmed.")
    addresses: Rows = Field(description="The address book.")
    cart: Rows
    cart_lines: Rows
    wishlist: Rows
    checkouts: Rows = Field(description="Ways to an order, also those that were not gone to the end.")
    checkout_lines: Rows
    orders: Rows = Field(description="Orders, those too that were placed as a guest and claimed later.")
    order_lines: Rows
    order_events: Rows = Field(description="What happened to them.")
    payments: Rows = Field(description="Each attempt to pay, and what became of it.")
    refunds: Rows
    bookings: Rows = Field(description="What stands in the shop's books about the orders.")
    findings: Rows = Field(
        description="Where payments did not fit together, with what staff noted about it; those too that one has settled oneself."
    )
    fulfilments: Rows = Field(description="Parcels, and what was handed over.")
    fulfilment_lines: Rows
    kitchen_tickets: Rows
    returns: Rows
    return_lines: Rows
    reviews: Rows
    review_votes: Rows = Field(description="Reviews of others that were found helpful.")
    jobs: Rows = Field(description="Work that was to be done for it.")
    job_feed: Rows = Field(description="What the feed told of its jobs.")
    job_offers: Rows = Field(description="Its offers to do the work of others.")
    job_messages: Rows = Field(description="What it wrote about offers.")
    evaluations: Rows = Field(description="What it said of others' work, and others of its work.")
    agreements: Rows
    earnings: Rows
    payouts: Rows
    evaluation_sums: Rows
    posts: Rows
    post_votes: Rows
    comments: Rows
    reports: Rows = Field(description="What it found should not be there.")
    mails: Rows = Field(description="Which mails were sent. Their texts are not kept.")
    stock_movements: Rows = Field(description="For staff: corrections of stock.")
    audit: Rows = Field(description="What staff changed of this account, and for staff what they changed.")
