"""Every address of the hub but /mcp/*, which mcphub/asgi.py routes past Django."""

from functools import partial

from django.contrib import admin
from django.urls import include, path
from django.views import defaults
from django.views.generic import RedirectView

from accounts.views.logout import Logout
from mcphub.overview import part
from mcphub.system import page as system

# django-unfold's site asks for these when its addresses are made, below.
admin.site.extra_urls = lambda: system.urls(admin.site)  # type: ignore[attr-defined]

urlpatterns = [
    path("", include("servers.urls")),
    path("", include("accounts.urls")),
    path("", include("monitoring.urls")),
    # One way in: the admin's own log in page knows no brake on guessing.
    path("admin/login/", RedirectView.as_view(pattern_name="accounts:login", query_string=True)),
    path("admin/logout/", Logout.as_view()),
    # And one page for one's own password, with a brake and a trace in the audit trail.
    path("admin/password_change/", RedirectView.as_view(pattern_name="accounts:password")),
    path("admin/overview/", admin.site.admin_view(part), name="overview"),
    path("admin/", admin.site.urls),
]

handler400 = partial(defaults.bad_request, template_name="errors/400.html")
handler403 = partial(defaults.permission_denied, template_name="errors/403.html")
handler404 = partial(defaults.page_not_found, template_name="errors/404.html")
handler500 = partial(defaults.server_error, template_name="errors/500.html")
