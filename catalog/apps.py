"""Django's registration of this room."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """The catalog room."""

    name = "catalog"
    verbose_name = "Catalog"
