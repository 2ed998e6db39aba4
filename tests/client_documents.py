"""The documents of clients as their makers publish them, member for member (August and September 2026).

The hub has to take each as it stands: no maker writes another for it.
"""

from typing import Any

CODE = ["authorization_code", "refresh_token"]
LOGO = "https://persistent.oaistatic.com/sonic/misc/openai-logo.png"

CLAUDE: dict[str, Any] = {
    "client_id": "https://claude.ai/oauth/mcp-oauth-client-metadata",
    "client_name": "Claude",
    "client_uri": "https://claude.ai",
    "redirect_uris": ["https://claude.ai/api/mcp/auth_callback"],
    "grant_types": [*CODE, "urn:ietf:params:oauth:grant-type:jwt-bearer"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
}
CLAUDE_CODE: dict[str, Any] = {
    "client_id": "https://claude.ai/oauth/claude-code-client-metadata",
    "client_name": "Claude Code",
    "client_uri": "https://claude.ai",
    "redirect_uris": ["http://localhost/callback", "http://127.0.0.1/callback"],
    "grant_types": CODE,
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
}
CHATGPT: dict[str, Any] = {
    "client_id": "https://chatgpt.com/oauth/client.json",
    "client_uri": "https://chatgpt.com/",
    "redirect_uris": ["https://chatgpt.com/connector_platform_oauth_redirect"],
    "token_endpoint_auth_method": "private_key_jwt",
    "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
    "grant_types": CODE,
    "response_types": ["code"],
    "client_name": "ChatGPT",
    "logo_uri": LOGO,
    "token_endpoint_auth_signing_alg": "RS256",
    "jwks_uri": "https://chatgpt.com/oauth/jwks.json",
}
CHATGPT_CONNECTOR: dict[str, Any] = {
    **CHATGPT,
    "client_id": "https://chatgpt.com/oauth/q3Zy8fXw/client.json",
    "redirect_uris": ["https://chatgpt.com/connector/oauth/q3Zy8fXw"],
}
"""Each connector has one of its own beside the one for all."""
CODEX: dict[str, Any] = {
    "client_id": "https://chatgpt.com/oauth/codex/client.json",
    "client_uri": "https://chatgpt.com/codex",
    "application_type": "native",
    "redirect_uris": ["http://127.0.0.1/callback", "http://localhost/callback"],
    "token_endpoint_auth_method": "none",
    "token_endpoint_auth_methods_supported": ["none"],
    "grant_types": CODE,
    "response_types": ["code"],
    "client_name": "Codex",
    "logo_uri": LOGO,
}
VS_CODE: dict[str, Any] = {
    "client_name": "Visual Studio Code",
    "logo_uri": "https://code.visualstudio.com/assets/branding/code-stable.png",
    "grant_types": [*CODE, "urn:ietf:params:oauth:grant-type:device_code"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
    "application_type": "native",
    "client_id": "https://vscode.dev/oauth/client-metadata.json",
    "client_uri": "https://vscode.dev/product",
    "redirect_uris": ["http://127.0.0.1:33418/", "https://vscode.dev/redirect"],
}
OPENCODE: dict[str, Any] = {
    "client_id": "https://opencode.ai/oauth/opencode/client.json",
    "client_name": "opencode",
    "client_uri": "https://opencode.ai",
    "logo_uri": "https://opencode.ai/web-app-manifest-512x512.png",
    "application_type": "native",
    "redirect_uris": ["http://127.0.0.1/callback", "http://localhost/callback"],
    "grant_types": CODE,
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
    "token_endpoint_auth_methods_supported": ["none"],
}

DOCUMENTS = {
    "claude.ai": CLAUDE,
    "Claude Code": CLAUDE_CODE,
    "ChatGPT": CHATGPT,
    "a connector of ChatGPT": CHATGPT_CONNECTOR,
    "Codex": CODEX,
    "VS Code": VS_CODE,
    "OpenCode": OPENCODE,
}
