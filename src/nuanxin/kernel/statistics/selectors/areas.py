"""Whose figures an account sees: the county's, or those of its own township."""

from nuanxin.kernel.access.models import Account
from nuanxin.kernel.access.selectors import area_level
from nuanxin.kernel.access.services import require
from nuanxin.kernel.core.errors import Refused


def township_for(account: Account, county: str) -> str:
    """Return the township whose figures an account sees, empty where it sees the county's.

    Refused without `figures.read`, for another county, and below the township: cells do not tell the village.
    """
    require(account, "figures.read")
    level, code = area_level(account), account.area.rsplit(".", 1)[-1]
    if level == "village":
        raise Refused("figures.village", "数字只汇总到乡镇，您的数据范围在村（社区）。", "请向所在乡镇查询。")
    if level is None or not (code if level == "township" else county).startswith(
        county if level == "township" else code
    ):
        raise Refused("figures.area", "这个县区的数字不在您的数据范围内。", "如工作需要，请联系本单位的账号管理员。")
    return code if level == "township" else ""
