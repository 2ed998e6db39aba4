"""Rows of the table: who may use what, why, and the inbox of requests."""

from tests.pictures.table import Page

WHY, MATRIX = "/admin/servers/accessrule/why/", "/admin/servers/accessrule/matrix/"
PEOPLE = "/admin/servers/accessrule/people/"

ROWS = (
    Page("why", WHY, "admin"),
    Page("why-denied", f"{WHY}?user=three&server=warehouse&name=delete_places_12", "admin"),
    Page("why-stranger", f"{WHY}?user=nobody&server=warehouse&name=find_orders_1", "admin"),
    Page("why-allowed", f"{WHY}?user=three&server=warehouse&name=find_orders_1", "admin"),
    Page("why-reach", f"{WHY}?user=three&server=warehouse", "admin"),
    Page("why-not-found", f"{WHY}?user=th&server=warehous", "admin"),
    Page("why-nowhere", f"{WHY}?user=three&server=warehouse&name=nosuch", "admin"),
    Page("why-odd", f"{WHY}?user=many&server=odd&name={'x' * 64}", "admin"),
    Page("matrix", MATRIX, "admin"),
    Page("matrix-nothing", f"{MATRIX}?server=nosuch", "admin"),
    Page("home-granted", "/", "thirty"),
    Page("people-reach", f"{PEOPLE}?server=warehouse", "admin"),
)
