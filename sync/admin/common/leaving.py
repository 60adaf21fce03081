"""The page that ends e-mails of a kind for whoever has its signed address, signed in or not."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods


@require_http_methods(["GET", "POST"])
def leaving_page(
    request: HttpRequest, about: str, end: Callable[[str], bool], switch: str
) -> HttpResponse:
    """Ask, and end them on a post: programs that look at every link of a mail end nothing.

    `about` says which e-mails, and is empty where the address does not hold; `switch` is the page
    where they begin again. Mail programs post by themselves when somebody presses their button.
    """
    is_done = request.method == "POST" and end(request.GET.get("token", ""))
    context = {"about": about, "is_done": is_done, "switch": switch}
    return render(request, "leaving/leaving.html", context, status=200 if about else 404)
