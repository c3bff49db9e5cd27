import datetime as dt

import pyarrow as pa
import pytest

from nuanxin.domains.civil import services as civil
from nuanxin.domains.civil.models import MarriageRecord
from nuanxin.kernel.core.errors import Refused
from nuanxin.kernel.core.models import ChangeItem
from nuanxin.kernel.core.tallies import all_tallies
from nuanxin.kernel.registry import selectors
from nuanxin.kernel.registry.models import LifeEvent
from nuanxin.kernel.registry.register import register_by_code
from nuanxin.kernel.registry.selectors.registers import query_register
from nuanxin.kernel.registry.services.records import create_record, move_record, update_record

pytestmark = [pytest.mark.db, pytest.mark.django_db]

DAY, LATER = dt.date(2024, 2, 14), dt.date(2024, 3, 1)


def values(**more):
    return {
        "division": "340223",
        "kind": "marriage",
        "registered_on": DAY,
        "party_a_name": "王大",
        "party_b_name": "李二",
        **more,
    }


def test_a_marriage_of_two_known_here_is_their_life_event(county):
    man, wife, clerk = county.person("王大"), county.person("李二", sex=2), county.account()
    spec = register_by_code("marriage")
    record = create_record(spec=spec, values=values(party_a=man.pk, party_b=wife.pk), account=clerk)
    assert [row.other for row in selectors.relations_of(wife.pk, DAY)] == [man]
    assert (record.township, record.county) == ("", "340223")
    update_record(spec=spec, record_id=record.pk, values={"certificate_no": "J340223"}, account=clerk, reason="补号")
    assert LifeEvent.objects.count() == 1
    assert "J340223" not in ChangeItem.objects.latest("id").diff
    move_record(spec=spec, record_id=record.pk, state="void", account=clerk, reason="撤销")
    assert not selectors.relations_of(man.pk, DAY)
    assert not query_register(spec, clerk, {"state": "recorded"}).exists()


def test_a_divorce_ends_it_and_other_acts_change_nothing(county):
    man, wife, clerk = county.person("王大"), county.person("李二", sex=2), county.account()
    both = {"party_a": man.pk, "party_b": wife.pk}
    spec = register_by_code("marriage")
    acts = ("marriage", "divorce_application", "marriage_reissue")
    for kind in acts:
        create_record(spec=spec, values=values(kind=kind, **both), account=clerk)
    assert LifeEvent.objects.count() == 1
    create_record(spec=spec, values=values(kind="divorce", registered_on=LATER, **both), account=clerk)
    assert selectors.relations_of(man.pk, dt.date(2024, 2, 28))
    assert not selectors.relations_of(man.pk, LATER)


def test_a_second_marriage_at_one_time_is_refused_and_leaves_nothing(county):
    man, wife, other, clerk = (
        county.person("王大"),
        county.person("李二", sex=2),
        county.person("赵三", sex=2),
        county.account(),
    )
    spec = register_by_code("marriage")
    create_record(spec=spec, values=values(party_a=man.pk, party_b=wife.pk), account=clerk)
    with pytest.raises(Refused, match="已与李二登记结婚"):
        create_record(
            spec=spec,
            values=values(party_a=man.pk, party_b=other.pk, party_b_name="赵三", registered_on=LATER),
            account=clerk,
        )
    assert MarriageRecord.objects.count() == 1


def test_both_parties_are_different_living_people(county):
    man, clerk = county.person("王大"), county.account()
    with pytest.raises(Refused, match="同一个人"):
        create_record(
            spec=register_by_code("marriage"),
            values=values(party_a=man.pk, party_b=man.pk, party_b_name="王大"),
            account=clerk,
        )


def test_many_at_once_with_parties_unknown_here(county):
    man, wife = county.person("王大"), county.person("李二", sex=2)
    table = pa.table(
        {
            "county": ["340223"] * 3,
            "division": ["340223"] * 3,
            "kind": ["marriage", "marriage", "divorce_reissue"],
            "registered_on": [DAY] * 3,
            "party_a_name": ["王大", "钱四", "孙五"],
            "party_b_name": ["李二", "周六", "吴七"],
            "party_a_id": pa.array([man.pk, None, None], pa.int64()),
            "party_b_id": pa.array([wife.pk, None, None], pa.int64()),
            "cross_region": [False, True, False],
        }
    )
    assert civil.load_marriages(change=county.change, table=table) == 3
    assert MarriageRecord.objects.filter(cross_region=True, quality_passed=True).count() == 1
    assert LifeEvent.objects.get().kind == "marriage"
    clerk = county.account()
    spec = register_by_code("marriage")
    assert query_register(spec, clerk, {"cross_region": "true"}).count() == 1
    assert query_register(spec, clerk, {"kind": "marriage"}).count() == 2


def test_the_tally_may_be_narrowed_by_kind_and_region():
    assert set(all_tallies()["marriage"].columns) == {"kind", "cross_region", "quality_passed"}
