"""Django's handle on the room."""

import datetime as dt

from django.apps import AppConfig


class StatisticsConfig(AppConfig):
    """The statistics room."""

    name = "nuanxin.kernel.statistics"
    label = "statistics"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell core which month of a county was closed last, so that nothing is booked into a closed one."""
        from nuanxin.kernel.core.booking import register_last_closed_month

        register_last_closed_month(_last_closed_month)


def _last_closed_month(county: str) -> dt.date | None:
    from nuanxin.kernel.statistics.selectors.months import last_closed_month

    return last_closed_month(county)
