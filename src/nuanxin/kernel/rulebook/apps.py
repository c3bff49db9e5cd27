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
        """Tell core how the declarations are examined, and the registry what a value can be."""
        from nuanxin.kernel.core.health import register_check
        from nuanxin.kernel.registry.services import register_circumstance_check
        from nuanxin.kernel.rulebook.ranges import refuse_impossible

        register_check("declarations", "政策声明", _declarations)
        register_check("standards", "采用的标准", _standards)
        register_circumstance_check(refuse_impossible)


def _declarations() -> "Answer":
    """Check every declaration, without the examples: those are for who writes them."""
    from nuanxin.kernel.core.health import fault, fine
    from nuanxin.kernel.rulebook.checks import check_books

    report = check_books(with_examples=False)
    if report.faults:
        return fault(f"有 {len(report.faults)} 处错误，如：{report.faults[0]}", "请运行 nuanxin check 看全部错误。")
    return fine(f"{report.count} 个全部通过")


def _standards() -> "Answer":
    """Tell files nobody published, a law other than the one adopted, and standards that have not reached the grants."""
    from nuanxin.kernel.core.health import fine, warn
    from nuanxin.kernel.rulebook.selectors import adopted_counties, law_is_adopted, unpublished_files

    counties = adopted_counties()
    loose = [one for county in counties for one in unpublished_files(county)]
    if loose:
        words = f"{len(loose)} 个声明文件与发布的不一致，如 {loose[0].file}（{loose[0].words}）"
        return warn(words, "请在“政策规则·新标准”里收为草稿发布，或恢复原样；之前不能做月度测算。")
    other = [county for county in counties if not law_is_adopted(county)]
    if other:
        return warn(f"{'、'.join(other)} 的规则与采用的不同", "请运行 nuanxin upgrade-check 看名单，由第二人同意。")
    return fine(f"{len(counties)} 个县的规则与采用的一致")
