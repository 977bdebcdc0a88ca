"""What happens to the catalogue, inside the caller's transaction."""

from merkato.domains.catalog.service.bulk import NewProduct, NewVariant, add_products
from merkato.domains.catalog.service.categories import add_category, change_category, described, forest, remove_category
from merkato.domains.catalog.service.media import add_media, remove_media
from merkato.domains.catalog.service.products import add_product, change_product, edited, remove_product
from merkato.domains.catalog.service.showing import (
    Prices,
    Shown,
    lock,
    refresh,
    show_availability,
    show_prices,
    show_rating,
    variant_view,
)
from merkato.domains.catalog.service.variants import add_variant, change_variant, edited_variant, remove_variant

__all__ = [
    "NewProduct",
    "NewVariant",
    "Prices",
    "Shown",
    "add_category",
    "add_media",
    "add_product",
    "add_products",
    "add_variant",
    "change_category",
    "change_product",
    "change_variant",
    "described",
    "edited",
    "edited_variant",
    "forest",
    "lock",
    "refresh",
    "remove_category",
    "remove_media",
    "remove_product",
    "remove_variant",
    "show_availability",
    "show_prices",
    "show_rating",
    "variant_view",
]
