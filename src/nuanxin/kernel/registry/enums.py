"""Coded lists of the registry; Chinese labels, national codes where there are some."""

from django.db import models


class Sex(models.IntegerChoices):
    """GB/T 2261.1."""

    UNKNOWN = 0, "未知"
    MALE = 1, "男"
    FEMALE = 2, "女"
    UNSTATED = 9, "未说明"


class DivisionLevel(models.TextChoices):
    """Levels of the division tree."""

    PROVINCE = "province", "省"
    CITY = "city", "市"
    COUNTY = "county", "县"
    TOWNSHIP = "township", "乡镇"
    VILLAGE = "village", "村(社区)"


class IdentifierKind(models.TextChoices):
    """What kind of number identifies a person."""

    CITIZEN_ID = "citizen_id", "公民身份号码"
    HOME_PERMIT = "home_permit", "港澳居民来往内地通行证"
    TAIWAN_PERMIT = "taiwan_permit", "台湾居民来往大陆通行证"
    RESIDENCE_PERMIT = "residence_permit", "港澳台居民居住证"
    FOREIGN_RESIDENT = "foreign_resident", "外国人永久居留身份证"
    PASSPORT = "passport", "护照"
    BIRTH_CERTIFICATE = "birth_certificate", "出生医学证明"
    DISABILITY_CARD = "disability_card", "残疾人证号"
    PHONE = "phone", "电话"
    OWN_NUMBER = "own_number", "本单位编号"
    NONE = "none", "无身份证件"


ATTACHED = (IdentifierKind.PHONE, IdentifierKind.DISABILITY_CARD, IdentifierKind.OWN_NUMBER)
"""Kinds that do not say who somebody is."""


class NameKind(models.TextChoices):
    """Why a person no longer goes by a name."""

    CHANGED = "changed", "曾用名"
    CORRECTED = "corrected", "登记有误"


class OrganisationKind(models.TextChoices):
    """What an organisation is, by who registers it."""

    SOCIAL_GROUP = "social_group", "社会团体"
    SERVICE_AGENCY = "service_agency", "社会服务机构"
    FOUNDATION = "foundation", "基金会"
    PUBLIC_INSTITUTION = "public_institution", "事业单位"
    COMMITTEE = "committee", "村（居）民委员会"
    AUTHORITY = "authority", "机关"
    COMPANY = "company", "企业"
    OTHER = "other", "其他"


class FacilityKind(models.TextChoices):
    """What a place of service is for."""

    HOME = "home", "养老机构"
    TEKUN_HOME = "tekun_home", "特困供养机构"
    STATION = "station", "居家养老服务站"
    CANTEEN = "canteen", "助餐点"
    CHILD_HOME = "child_home", "儿童福利机构"
    CHILD_STATION = "child_station", "未成年人保护工作站"
    RESCUE = "rescue", "救助管理站"
    PARLOUR = "parlour", "殡仪馆"
    CEMETERY = "cemetery", "公墓、骨灰堂"
    OTHER = "other", "其他"


class SuccessionKind(models.TextChoices):
    """How one household came out of another."""

    SPLIT = "split", "分户"
    MERGER = "merger", "并户"


class MemberRole(models.TextChoices):
    """Relation to the head of the household."""

    HEAD = "head", "户主"
    SPOUSE = "spouse", "配偶"
    CHILD = "child", "子女"
    PARENT = "parent", "父母"
    GRANDCHILD = "grandchild", "孙子女"
    SIBLING = "sibling", "兄弟姐妹"
    OTHER = "other", "其他"


class RelationKind(models.TextChoices):
    """What `other` is to `person`."""

    SPOUSE = "spouse", "配偶"
    PARENT = "parent", "父母"
    GUARDIAN = "guardian", "监护人"
    OBLIGOR = "obligor", "法定义务人"
    CARER = "carer", "照料人"
    PAYEE = "payee", "代领人"


class PayeeRule(models.TextChoices):
    """Whose account a benefit may be paid to; a benefit lists them in the order in which they are to be tried."""

    OWN = "own", "本人"
    HEAD = "head", "户主"
    GUARDIAN = "guardian", "监护人"
    CARER = "carer", "照料服务人"
    INSTITUTION = "institution", "供养或照料机构"
    PARLOUR = "parlour", "殡仪馆"
    HANDLER = "handler", "经办的亲属"
    ORGANISATION = "organisation", "单位"


class Standing(models.TextChoices):
    """How far a circumstance may be relied on."""

    DECLARED = "declared", "本人申报"
    OBSERVED = "observed", "数据显示"
    VERIFIED = "verified", "已核实"


class EventKind(models.TextChoices):
    """Life events."""

    BIRTH = "birth", "出生"
    DEATH = "death", "死亡"
    MOVE_IN = "move_in", "迁入"
    MOVE_OUT = "move_out", "迁出"
    MARRIAGE = "marriage", "结婚"
    DIVORCE = "divorce", "离婚"
    COMING_OF_AGE = "coming_of_age", "成年"
    MERGED = "merged", "档案合并"


class EventState(models.TextChoices):
    """A reported event holds money; a confirmed one stops grants."""

    REPORTED = "reported", "已报告"
    CONFIRMED = "confirmed", "已确认"
    WITHDRAWN = "withdrawn", "已撤回"
