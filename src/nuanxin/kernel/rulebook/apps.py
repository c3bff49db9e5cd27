"""Django's handle on the room."""

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from nuanxin.kernel.core.health import Answer


class RulebookConfig(AppConfig):
    """The rulebook room."""

    name = "nuanxin.kernel.rulebook"
    label = "rulebook"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell core how the declarations are examined."""
        from nuanxin.kernel.core.health import register_check

        register_check("declarations", "政策声明", _declarations)


def _declarations() -> "Answer":
    """Check every declaration, without the examples: those are for who writes them."""
    from nuanxin.kernel.core.health import fault, fine
    from nuanxin.kernel.rulebook.checks import check_books

    report = check_books(with_examples=False)
    if report.faults:
        return fault(f"有 {len(report.faults)} 处错误，如：{report.faults[0]}", "请运行 nuanxin check 看全部错误。")
    return fine(f"{report.count} 个全部通过")
