"""The only writers of the welfare registers and rosters; forms and workbooks come through the registry's verbs."""

from nuanxin.domains.welfare.services.rosters import approve_roster, post_roster, return_roster

__all__ = ["approve_roster", "post_roster", "return_roster"]
