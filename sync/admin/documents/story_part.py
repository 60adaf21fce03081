"""The part of a document's page that tells its story: read once the page itself is there."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from sync.admin.common.base import ScopedAdmin
from sync.admin.common.theme import part_of_page
from sync.admin.documents.story import Story


class Storied(ScopedAdmin):
    """Documents whose page tells who did what, and when; `story` says of what."""

    change_form_outer_after_template = "admin/sync/documents/story_place.html"

    def story(self, request: HttpRequest, row: Any) -> Story:
        """Return the story of one row."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_story"
        return [
            path("<path:object_id>/story/", part_of_page(self.story_view), name=name),
            *super().get_urls(),
        ]

    def story_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the story of a row that the person may see."""
        row = self.get_object(request, object_id)
        context = {"story": self.story(request, row)}
        return TemplateResponse(request, "admin/sync/documents/story.html", context)
