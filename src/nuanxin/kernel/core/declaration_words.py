"""What Pydantic finds wrong with a declaration, told in Chinese with what to do."""

from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel

WORDS = {
    "int_parsing": "应是整数",
    "int_type": "应是整数",
    "int_from_float": "应是整数",
    "decimal_parsing": "应是数字",
    "decimal_type": "应是数字",
    "float_parsing": "应是数字",
    "bool_parsing": "应是 true 或 false",
    "bool_type": "应是 true 或 false",
    "date_from_datetime_parsing": "应是日期，如 2024-01-01",
    "date_parsing": "应是日期，如 2024-01-01",
    "date_type": "应是日期，如 2024-01-01",
    "date_from_datetime_inexact": "应是日期，如 2024-01-01",
    "string_type": "应是文字，这里不能为空",
    "list_type": "应是列表（每项前加“- ”）",
    "tuple_type": "应是列表（每项前加“- ”）",
    "dict_type": "应是“键: 值”的形式",
    "model_type": "应是“键: 值”的形式",
    "model_attributes_type": "应是“键: 值”的形式",
}
BOUNDS = {
    "greater_than": ("gt", "应大于 {}"),
    "greater_than_equal": ("ge", "不能小于 {}"),
    "less_than": ("lt", "应小于 {}"),
    "less_than_equal": ("le", "不能大于 {}"),
    "string_pattern_mismatch": ("pattern", "写法应符合 {}"),
    "too_short": ("min_length", "至少要有 {} 项"),
    "too_long": ("max_length", "最多只能有 {} 项"),
    "string_too_short": ("min_length", "至少要有 {} 个字"),
    "string_too_long": ("max_length", "最多只能有 {} 个字"),
    "literal_error": ("expected", "只能是 {} 之一"),
    "enum": ("expected", "只能是 {} 之一"),
}


def in_chinese(error: dict[str, Any], model: type[BaseModel]) -> str:
    """Return one Pydantic error of a model as a Chinese sentence that says what to do."""
    kind, keys, context = error["type"], tuple(error["loc"]), error.get("ctx") or {}
    name = ".".join(str(key) for key in keys) or "文件"
    if kind == "missing":
        return f"缺少“{name}”。请补上。"
    if kind == "extra_forbidden":
        return f"不认识的键“{name}”。{_known_keys(keys, model)}"
    if kind in ("value_error", "assertion_error"):
        return f"“{name}”：{context.get('error', error['msg'])}"
    if kind in BOUNDS:
        place, words = BOUNDS[kind]
        return f"“{name}”{words.format(context.get(place))}，现在是 {_shown(error)}。"
    return f"“{name}”{WORDS.get(kind) or '的值不对（' + error['msg'] + '）'}，现在是 {_shown(error)}。"


def _shown(error: dict[str, Any]) -> str:
    text = repr(error.get("input"))
    return text if len(text) <= 60 else f"{text[:57]}..."


def _known_keys(keys: tuple[Any, ...], model: type[BaseModel]) -> str:
    """Return advice on an unknown key: the nearest known one, or all that may stand there."""
    parent = _model_at(keys[:-1], model)
    if parent is None:
        return "请删除它。"
    known = sorted(field.alias or name for name, field in parent.model_fields.items())
    near = get_close_matches(str(keys[-1]), known, n=1)
    return f"是不是想写“{near[0]}”？" if near else f"请删除它；这里可用的键是：{'、'.join(known)}。"


def _model_at(keys: tuple[Any, ...], model: type[BaseModel]) -> type[BaseModel] | None:
    """Return the model that stands at a place, as far as the annotations tell."""
    for key in keys:
        if isinstance(key, int):
            continue
        field = next((f for name, f in model.model_fields.items() if key in (name, f.alias)), None)
        inner = _models_in(field.annotation) if field else []
        if len(inner) != 1:
            return None
        model = inner[0]
    return model


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in get_args(annotation) for found in _models_in(part)]
