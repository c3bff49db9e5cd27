"""`Register`: the base of every declared register; list, form, import, export, history and tallies follow from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, Self

from django.apps import apps
from django.db import models

from nuanxin.kernel.core.errors import Fault, Refused
from nuanxin.kernel.core.models import Change
from nuanxin.kernel.core.tallies import Tally
from nuanxin.kernel.registry.events import EventNotice
from nuanxin.kernel.registry.selectors.aliases import aliases_of

VOID = "void"
STATED = "__stated_name"
BASE_COLUMNS = ("county", "division", "township", "booked_month", "state")


@dataclass(frozen=True)
class TallyOf:
    """A tally of a register; table, month and township follow from the register itself."""

    name: str
    title: str
    columns: tuple[str, ...] = ()
    where: str | None = None


@dataclass(frozen=True)
class Declared:
    """What the author of a register says about it; everything else follows from the model's fields.

    `place_from` names the person or division column that gives county, division and township; `duplicate_key` the
    columns by which two records are the same; `moves` which state may follow which; `private_columns` hold names or
    numbers, of which the history says only that they changed. `names` pairs a column of names with the person column it
    speaks of: both are compared. `event_columns` are those from which a life event follows, `stands_on` the events
    (person column, kind) that cannot be withdrawn while a record of the person stands.
    """

    code: str
    title: str
    line: str
    date_column: str
    place_from: str
    list_columns: tuple[str, ...]
    form_columns: tuple[str, ...]
    search_columns: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    duplicate_key: tuple[str, ...] = ()
    states: tuple[tuple[str, str], ...] = (("recorded", "已登记"), (VOID, "已作废"))
    moves: tuple[tuple[str, str], ...] = (("recorded", VOID),)
    tallies: tuple[TallyOf, ...] = ()
    subject: str = ""
    private_columns: tuple[str, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    event_columns: tuple[str, ...] = ()
    stands_on: tuple[tuple[str, str], ...] = ()
    retention_years: int = 0


@dataclass(frozen=True)
class RecordObjection:
    """What speaks against one of several records (by its place among them); a `question` may be answered with a reason.

    `person_id` is whose page helps to put it right.
    """

    index: int
    column: str
    message: str
    todo: str
    question: bool = False
    person_id: int | None = None


class Register(models.Model):
    """A record of a declared register: where it belongs, the month it is booked in, its state, and who wrote it."""

    county = models.CharField("县区", max_length=6)
    division = models.ForeignKey(
        "registry.Division", on_delete=models.PROTECT, related_name="+", verbose_name="所在村(社区)"
    )
    township = models.CharField("乡镇", max_length=9, default="")
    booked_month = models.DateField("入账月份")
    state = models.CharField("状态", max_length=12, default="recorded")
    change = models.ForeignKey("core.Change", on_delete=models.PROTECT, related_name="+", db_index=False)

    declared: ClassVar[Declared]

    class Meta:
        abstract = True

    def faults(self) -> list[tuple[str, str]]:
        """Return what cannot be true of this record as (column, Chinese sentence); the author overrides it."""
        return []

    @classmethod
    def objections(cls, records: Sequence[Self]) -> list[RecordObjection]:
        """Return what speaks against records not yet written, seen together and beside those that stand.

        The author overrides it with few statements: it is given up to two hundred thousand.
        """
        return []

    @classmethod
    def standing_on(cls, event: EventNotice) -> "models.QuerySet[Self]":
        """Return the records that stand on a life event, which is therefore not withdrawn before them."""
        people = [event.person_id, *aliases_of(event.person_id)]
        found = models.Q(pk__in=[])
        for column, kind in cls.declared.stands_on:
            found |= models.Q(**{f"{column}__in": people}) if kind == event.kind else models.Q(pk__in=[])
        return cls._default_manager.filter(found).exclude(state=VOID)

    @classmethod
    def follow(cls, records: Sequence[Self], change: Change) -> None:
        """Do what follows from new records, in their transaction; the author overrides it."""

    @classmethod
    def refollow(cls, old: Self, new: Self, change: Change) -> None:
        """Put right what followed from a record corrected otherwise than in `event_columns`, where nothing is checked.

        The author may override it with something lighter.
        """
        cls.unfollow([old], change)
        cls.follow([new], change)

    @classmethod
    def unfollow(cls, records: Sequence[Self], change: Change) -> None:
        """Undo what `follow` did, when records become void; the author overrides it."""


@dataclass(frozen=True)
class Column:
    """One column: kinds are text, whole, fen, date, month, yes_no, choice, person, division."""

    name: str
    label: str
    kind: str
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    max_length: int | None = None
    default: Any = None


@dataclass(frozen=True)
class RegisterSpec:
    """A register as pages, imports and exports see it."""

    model: type[Register]
    declared: Declared
    columns: dict[str, Column] = field(hash=False)

    @property
    def code(self) -> str:
        """Return the register's code, as in its address."""
        return self.declared.code

    @property
    def title(self) -> str:
        """Return the register's Chinese title."""
        return self.declared.title

    @property
    def stated_names(self) -> dict[str, Column]:
        """Return, by the person's column, the name that a form or workbook may state beside the number."""
        own = {person for _, person in self.declared.names}
        return {
            column.name: Column(f"{column.name}{STATED}", f"{column.label}姓名", "text", required=False, max_length=60)
            for column in self.form_columns
            if column.kind == "person" and column.name not in own
        }

    @property
    def asked_columns(self) -> list[Column]:
        """Return what a form asks for and a workbook brings: the form's columns, a name beside each person's number."""
        stated = self.stated_names
        return [each for one in self.form_columns for each in (one, stated.get(one.name)) if each is not None]

    @property
    def list_columns(self) -> list[Column]:
        """Return the columns of the list."""
        return [self.columns[name] for name in self.declared.list_columns]

    @property
    def form_columns(self) -> list[Column]:
        """Return the columns that a form asks for and a workbook brings."""
        return [self.columns[name] for name in self.declared.form_columns]

    @property
    def filter_columns(self) -> list[Column]:
        """Return the columns a list can be narrowed by, besides the township and the months."""
        return [self.columns[name] for name in self.declared.filters]

    @property
    def person_columns(self) -> list[Column]:
        """Return the columns that hold people."""
        return [column for column in self.columns.values() if column.kind == "person"]

    def moves_from(self, state: str) -> list[tuple[str, str]]:
        """Return the states (with labels) a record of a state may move to."""
        labels = dict(self.declared.states)
        return [(to, labels[to]) for source, to in self.declared.moves if source == state]


@cache
def spec_of(model: type[Register]) -> RegisterSpec:
    """Return what follows from a register's model; Fault when its declaration names a column it does not have."""
    columns = {
        f.name: _column(f, model.declared) for f in model._meta.concrete_fields if f.name not in ("id", "change")
    }
    said = model.declared
    named = {*said.list_columns, *said.form_columns, *said.search_columns, *said.filters, *said.duplicate_key}
    named |= {said.date_column, said.place_from, *said.event_columns, *(column for column, _ in said.stands_on)}
    named |= {name for pair in said.names for name in pair}
    unknown = sorted(name for name in named if name.partition("__")[0] not in columns)
    if unknown:
        raise Fault(f"register {said.code} declares unknown columns: {', '.join(unknown)}")
    return RegisterSpec(model=model, declared=said, columns=columns)


def _column(model_field: "models.Field[Any, Any]", said: Declared) -> Column:
    choices = said.states if model_field.name == "state" else tuple(model_field.flatchoices)
    default = model_field.get_default() if model_field.has_default() else None
    return Column(
        name=model_field.name,
        label=str(model_field.verbose_name),
        kind=_kind(model_field, bool(choices)),
        required=not (model_field.null or model_field.blank or model_field.has_default()),
        choices=tuple((str(value), str(label)) for value, label in choices),
        max_length=model_field.max_length,
        default=default,
    )


def _kind(model_field: "models.Field[Any, Any]", has_choices: bool) -> str:
    """Return a column's kind from the field's type and name."""
    if isinstance(model_field, models.ForeignKey):
        return {"Person": "person", "Division": "division"}[model_field.related_model.__name__]
    if has_choices:
        return "choice"
    if model_field.name.endswith("_fen"):
        return "fen"
    if model_field.name.endswith("_month"):
        return "month"
    kinds = {"DateField": "date", "BooleanField": "yes_no", "CharField": "text", "TextField": "text"}
    return kinds.get(model_field.get_internal_type(), "whole")


def all_registers() -> list[RegisterSpec]:
    """Return every declared register, by code."""
    models_ = [model for model in apps.get_models() if issubclass(model, Register)]
    return sorted((spec_of(model) for model in models_), key=lambda spec: spec.code)


def register_by_code(code: str) -> RegisterSpec:
    """Return the register of a code, or refuse."""
    for spec in all_registers():
        if spec.code == code:
            return spec
    raise Refused("register.unknown", f"没有代码为“{code}”的台账。", "请从台账目录进入。")


def tallies_of(spec: RegisterSpec) -> list[Tally]:
    """Return what a register lets indicators count: its records that are not void."""
    said, model = spec.declared, spec.model
    return [
        Tally(
            name=tally.name,
            title=tally.title,
            table=model._meta.db_table,
            date_column=_sql_column(model, said.date_column),
            month_column="booked_month",
            subject_column=_sql_column(model, said.subject) if said.subject else "id",
            where=" AND ".join(part for part in (f"state <> '{VOID}'", tally.where) if part),
            columns={name: _sql_column(model, name) for name in tally.columns},
        )
        for tally in said.tallies
    ]


def _sql_column(model: type[models.Model], name: str) -> str:
    column = model._meta.get_field(name).column  # type: ignore[union-attr]  # only concrete columns are named
    assert column is not None
    return column
