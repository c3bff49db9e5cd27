"""The URL map."""

from django.urls import include, path

urlpatterns = [
    path("", include("nuanxin.interfaces.staff.urls")),
]

handler400 = "nuanxin.interfaces.staff.views.errors.unreadable"
handler403 = "nuanxin.interfaces.staff.views.errors.forbidden"
handler404 = "nuanxin.interfaces.staff.views.errors.missing"
handler500 = "nuanxin.interfaces.staff.views.errors.broken"
