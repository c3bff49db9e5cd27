"""The staff site's URLs."""

from django.urls import URLPattern, path
from django.views.i18n import set_language

from nuanxin.interfaces.staff.views import auth, home

from django.contrib.auth.decorators import login_not_required

urlpatterns: list[URLPattern] = [
    path("login/", auth.sign_in, name="login"),
    path("login/demo/", auth.sign_in_demo, name="login-demo"),
    path("logout/", auth.sign_out, name="logout"),
    path("language/", login_not_required(set_language), name="language"),
    path("", home.home, name="home"),
]
