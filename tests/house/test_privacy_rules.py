"""Every column says what it tells of people, and every table that tells something of them is exported or says why not."""

from sqlalchemy import ForeignKey, Table
from sqlalchemy.orm import Mapper

from house.declared import modules_of_domains
from merkato.domains.privacy.queries import NOT_EXPORTED, PARTS
from merkato.domains.privacy.schemas import PersonExport
from merkato.kit.privacy import Says, said_by, says
from merkato.kit.rows import Row

EXPORTED = {part.table.__tablename__ for part in PARTS}


def mappers() -> list[Mapper[Row]]:
    modules_of_domains()
    return sorted(Row.registry.mappers, key=lambda mapper: str(mapper.class_.__tablename__))


def table_of(mapper: Mapper[Row]) -> Table:
    table = mapper.local_table
    assert isinstance(table, Table)
    return table


def test_every_column_says_what_it_tells_of_people() -> None:
    for mapper in mappers():
        table, kind = table_of(mapper), mapper.class_
        unsaid = [column.key for column in table.columns if said_by(kind.privacy, column) is None]
        assert not unsaid, (
            f"{kind.__module__}: name {unsaid} of {kind.__name__} in its `privacy: ClassVar[Privacy] = says(...)`, as one of"
            f" {', '.join(each.value for each in Says)}; src/merkato/kit/privacy.py says what each means."
        )
        unknown = set(kind.privacy) - set(table.columns.keys())
        assert not unknown, f"{kind.__module__}: {kind.__name__} has no columns {unknown}."


def test_a_column_of_words_has_no_default() -> None:
    table = next(table_of(mapper) for mapper in mappers() if mapper.class_.__tablename__ == "addresses")
    assert said_by(says(), table.c.city) is None
    assert said_by(says(personal="city"), table.c.city) is Says.PERSONAL
    assert said_by(says(), table.c.is_default_billing) is Says.NOTHING


def tells_of_people(mapper: Mapper[Row]) -> bool:
    """Words of somebody or secrets, an account, or a row of a table that is exported."""
    table = table_of(mapper)
    told = {said_by(mapper.class_.privacy, column) for column in table.columns} - {Says.NOTHING}
    leads: list[ForeignKey] = list(table.foreign_keys)
    return bool(told) or "account_id" in table.columns or any(key.column.table.name in EXPORTED for key in leads)


def test_what_tells_of_people_is_exported() -> None:
    for mapper in mappers():
        name = mapper.class_.__tablename__
        assert not (name in EXPORTED and name in NOT_EXPORTED), name
        assert not tells_of_people(mapper) or name in EXPORTED or name in NOT_EXPORTED, (
            f"{name} tells of people: give it a line in PARTS of src/merkato/domains/privacy/queries.py and a field of that name in"
            " PersonExport, let privacy/service.py forget it, and fill it in tests/domains/test_privacy.py;"
            " or say in NOT_EXPORTED why there is nothing to tell."
        )
    assert set(NOT_EXPORTED) <= {mapper.class_.__tablename__ for mapper in mappers()}


def test_an_export_is_what_its_description_says() -> None:
    assert ["exported_at", *(part.name for part in PARTS)] == list(PersonExport.model_fields)
