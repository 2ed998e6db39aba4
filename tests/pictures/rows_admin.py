"""Rows of the table: the admin's pages about clients, connections, people, requests and tokens."""

from tests.pictures.table import Page

CLIENTS, CONNECTIONS = "/admin/accounts/oauthclient/", "/admin/accounts/consent/"
SSE = "/admin/servers/sseclient/"
PEOPLE, TOKENS = "/admin/accounts/user/", "/admin/accounts/issuedtoken/"
NEW_CLIENT = (
    ("#id_name", "Nightly report"),
    ("#id_redirect_uris", "https://reports.example.com/callback"),
    "#id_auth_method_1",
    "form button[type=submit]:has-text('Add the client')",
)
REVOKE = (
    *(f"#result_list tbody >> nth={row} >> input.action-select" for row in range(2)),
    ("select[name=action]", "Revoke…"),
    "button[name=index]",
)

ROWS = (
    Page("admin", "/admin/", "admin"),
    Page("admin-month", "/admin/?span=month", "admin"),
    Page("admin-forbidden", CLIENTS, "staff", status=403),
    Page("admin-nothing-to-see", "/admin/", "staff"),
    Page("admin-clients", CLIENTS, "admin"),
    Page("admin-clients-none", f"{CLIENTS}?q=nosuch", "admin"),
    Page("admin-client", f"{CLIENTS}{{client_claimed}}/change/", "admin"),
    Page("admin-client-verified", f"{CLIENTS}{{client_verified}}/change/", "admin"),
    Page("admin-client-added", f"{CLIENTS}{{client_added}}/change/", "admin"),
    Page("admin-client-delete", f"{CLIENTS}{{client_claimed}}/delete/", "admin"),
    Page("admin-client-add", f"{CLIENTS}add/", "admin"),
    Page("admin-client-added-now", f"{CLIENTS}add/", "admin", NEW_CLIENT),
    Page("admin-client-secret", f"{CLIENTS}{{client_added}}/secret/", "admin"),
    Page("admin-client-policy", f"{CLIENTS}policy/", "admin"),
    Page("admin-connections", CONNECTIONS, "admin"),
    Page("admin-connection", f"{CONNECTIONS}{{connection_pk}}/change/", "admin"),
    Page("admin-connection-revoke", f"{CONNECTIONS}{{connection_pk}}/delete/", "admin"),
    Page("admin-end-everything", f"{CONNECTIONS}end-everything/", "admin"),
    Page("admin-end-client", f"{CONNECTIONS}end/client/{{client_public}}/", "admin"),
    Page("admin-end-person", f"{CONNECTIONS}end/person/{{many}}/", "admin"),
    Page("admin-people", PEOPLE, "admin"),
    Page("admin-person", f"{PEOPLE}{{many_pk}}/change/", "admin"),
    Page("admin-person-menu", f"{PEOPLE}{{many_pk}}/change/", "admin", (".hub-acts-menu summary",)),
    Page(
        "admin-person-shut-out",
        f"{PEOPLE}{{many_pk}}/change/",
        "admin",
        ("#id_is_active", "button[name=_save]"),
    ),
    Page("admin-person-sign-out", f"{PEOPLE}{{many_pk}}/sign-out/", "admin"),
    Page("admin-person-password", f"{PEOPLE}{{many_pk}}/password/", "admin"),
    Page("admin-tokens", TOKENS, "admin"),
    Page("admin-token", f"{TOKENS}{{token_pk}}/change/", "admin"),
    Page("admin-token-revoke", f"{TOKENS}{{token_pk}}/delete/", "admin"),
    Page("admin-tokens-revoke", TOKENS, "admin", REVOKE),
    Page("admin-token-add", f"{TOKENS}add/", "admin"),
    Page("admin-attempts", "/admin/accounts/connectionattempt/", "admin"),
    Page("admin-attempt", "/admin/accounts/connectionattempt/{attempt_pk}/change/", "admin"),
    Page("admin-sse-clients", SSE, "admin"),
    Page("admin-sse-clients-filters", SSE, "admin", ("#hub-filters",)),
    Page("admin-sse-clients-none", f"{SSE}?q=nosuch", "admin"),
    Page("admin-sse-client", f"{SSE}{{sse_client_pk}}/change/", "admin"),
    Page("admin-requests", "/admin/servers/accessrequest/", "admin"),
    Page("admin-request", "/admin/servers/accessrequest/{request}/change/", "admin"),
)
