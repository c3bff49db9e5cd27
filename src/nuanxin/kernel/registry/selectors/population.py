"""How many people live where: for figures per head."""

from django.db.models import Count
from django.db.models.functions import Substr

from nuanxin.kernel.registry.models import Person

TOWNSHIP_LENGTH = 9


def population_by_township(county: str) -> dict[str, int]:
    """Return the living residents registered in each township of a county."""
    rows = Person.objects.filter(county=county, death__isnull=True).order_by()
    places = rows.annotate(place=Substr("division_id", 1, TOWNSHIP_LENGTH)).values("place").annotate(n=Count("pk"))
    return {row["place"]: row["n"] for row in places}
