"""The URL map."""

from django.urls import include, path

urlpatterns = [
    path("", include("nuanxin.interfaces.staff.urls")),
]
