"""Django's registration of the admin, with the hub's own site."""

from django.contrib.admin.apps import AdminConfig


class HubAdminConfig(AdminConfig):
    """The admin; its site is made when the models are there."""

    default_site = "mcphub.site.HubAdminSite"
