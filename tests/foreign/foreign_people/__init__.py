"""People and groups of a Django project, as the README of django-scim2 has them."""
