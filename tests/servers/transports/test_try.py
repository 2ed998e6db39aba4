def test_it(hub):
    print(hub.post("open", "tools/call", {"name":"add","arguments":{"a":1,"b":2}}))
    print(hub.post("open", "tools/list", {}, revision="2025-06-18"))
    print(hub.post("open", "tools/call", {"name":"tell","arguments":{}}, meta={"io.modelcontextprotocol/logLevel":"info"}))
