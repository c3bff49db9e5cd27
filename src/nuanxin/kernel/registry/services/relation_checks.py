"""What cannot be between two people: told before a relation is written."""

import datetime as dt

from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.registry.enums import RelationKind
from nuanxin.kernel.registry.models import Person

OF_THE_LIVING = (RelationKind.SPOUSE, RelationKind.GUARDIAN, RelationKind.CARER, RelationKind.PAYEE)


def check_relation(person: Person, other: Person, kind: str, valid_from: dt.date) -> None:
    """Refuse a relation that starts before a birth or after a death, and parents younger than their child."""
    if kind not in RelationKind.values:
        raise Refused("relation.kind", "还没有选是什么关系。", "请选择后再提交。", "kind")
    if kind == RelationKind.PARENT and person.birth and other.birth and other.birth >= person.birth:
        raise Refused(
            "relation.parent",
            f"{other.name}（{other.birth} 出生）不比{person.name}（{person.birth} 出生）年长，不能是父母。",
            "请核对人员；把子女登记成了父母的，请到对方页面登记。",
            "other",
        )
    for one in (person, other):
        if one.birth is not None and valid_from < one.birth:
            raise Refused("relation.date", f"{one.name} {one.birth} 才出生。", "请核对起始日期。", "valid_from")
        if kind in OF_THE_LIVING and one.death is not None and valid_from > one.death:
            raise Refused("relation.dead", f"{one.name}已于 {one.death} 死亡。", "请核对人员和日期。", "valid_from")
