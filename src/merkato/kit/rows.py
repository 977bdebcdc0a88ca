"""What every table has in common: constraint names, aware times, UUIDs."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, MetaData, Uuid, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, mapped_column
from sqlalchemy.types import String

from merkato.kit import clock, ids
from merkato.kit.privacy import Privacy, says


class Row(DeclarativeBase):
    """A row of a store's tables. No table names a schema: the engine's schema_translate_map does."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        },
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        UUID: Uuid(),
        dict[str, Any]: JSONB,
        dict[str, str]: JSONB,
        list[dict[str, Any]]: JSONB,
        list[str]: ARRAY(String),
    }
    privacy: ClassVar[Privacy] = says()
    """What its columns say of people."""
    derived: ClassVar[bool] = False
    """Whether it repeats what other rows say, to be read faster: then the audit log passes it over."""


Key = Annotated[UUID, mapped_column(primary_key=True, default=ids.new)]
Created = Annotated[datetime, mapped_column(DateTime(timezone=True), default=clock.now)]
Updated = Annotated[datetime, mapped_column(DateTime(timezone=True), default=clock.now, onupdate=clock.now)]


def among(column: InstrumentedAttribute[UUID], values: Collection[UUID]) -> ColumnElement[bool]:
    """`= ANY(array)`: one statement text, and so one prepared plan, for any number of ids."""
    return column == any_(literal(list(values), ARRAY(Uuid)))
