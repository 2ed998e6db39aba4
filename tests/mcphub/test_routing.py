import asyncio

from django.urls import re_path

from mcphub import routing


def routes(seen):
    async def mcp(scope, receive, send):
        seen.append(("mcp", scope["url_route"]["kwargs"]["slug"]))

    async def pages(scope, receive, send):
        seen.append(("pages", scope["path"]))

    return [re_path(r"^mcp/(?P<slug>[a-z-]+)\Z", mcp), re_path(r"", pages)]


def walk(router, *paths):
    for path in paths:
        asyncio.run(router({"type": "http", "path": path}, None, None))


def test_an_address_leads_to_the_same_place_the_first_and_the_second_time():
    seen = []
    router = routing.RememberingRouter(routes(seen))
    walk(router, "/mcp/demo", "/mcp/demo", "/mcp/other", "/mcp/demo", "/", "/mcp/", "/mcp/A")
    slugs = [("mcp", "demo"), ("mcp", "demo"), ("mcp", "other"), ("mcp", "demo")]
    assert seen == [*slugs, ("pages", "/"), ("pages", "/mcp/"), ("pages", "/mcp/A")]


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(routing, "MOST_REMEMBERED", 2)
    seen = []
    router = routing.RememberingRouter(routes(seen))
    walk(router, "/mcp/a", "/mcp/b", "/mcp/c", "/mcp/c")
    assert seen == [("mcp", slug) for slug in "abcc"]
    assert list(router._known) == ["/mcp/c"]
