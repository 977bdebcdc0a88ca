"""What can go wrong with the catalogue."""

from merkato.kit.errors import Conflict


class SlugTaken(Conflict):
    """Another category or product has this slug."""

    code, title = "slug-taken", "This slug is taken"
    fix = "Choose another slug, or leave it out to have one made from the name."
    constraints = ("uq_catalog_categories_slug", "uq_catalog_products_slug")


class SkuTaken(Conflict):
    """Another variant has this SKU."""

    code, title = "sku-taken", "This SKU is taken"
    fix = "Choose another SKU, or leave it out to have one made."
    constraints = ("uq_catalog_variants_sku",)


class CategoryCycle(Conflict):
    """A category cannot be below itself."""

    code, title = "category-cycle", "A category cannot be its own ancestor"
    fix = "Choose a parent that is neither the category itself nor below it."


class CategoryInUse(Conflict):
    """The category has products or categories below it."""

    code, title = "category-in-use", "The category is not empty"
    fix = "Move or delete the products and categories in it first."
    constraints = ("fk_catalog_products_category_id", "fk_catalog_categories_parent_id")


class VariantExists(Conflict):
    """The product has a variant with these option values already."""

    code, title = "variant-exists", "There is such a variant"
    fix = "Change the variant that is there, or choose other option values."
    constraints = ("uq_catalog_variants_options",)


class OptionsInUse(Conflict):
    """The product has variants that do not fit these options."""

    code, title = "options-in-use", "Variants do not fit these options"
    fix = "Keep every option and value that a variant has, or delete those variants first."


class TooManyVariants(Conflict):
    """A product has at most 250 variants."""

    code, title = "too-many-variants", "The product has too many variants"
    fix = "Delete a variant that is no longer sold, or make a second product."


class TooManyMedia(Conflict):
    """A product has at most 100 pictures."""

    code, title = "too-many-media", "The product has too many pictures"
    fix = "Delete a picture first."
