"""What HTTP_REQUEST fails with."""

from typing import Final

from interlock.assignment_errors import AssignmentErrorCode

ERRORS: Final = (
    AssignmentErrorCode(
        code="certificate_refused",
        meaning="The server's certificate is not trusted.",
        cause="It has expired, is for another name, or was signed by an authority that this machine does not know.",
        hint="Renew the certificate, or install the authority where the worker runs.",
    ),
    AssignmentErrorCode(
        code="credential_unusable",
        meaning="The credential cannot be sent as a header.",
        cause="Its value has characters that headers cannot carry, or its header is one that carries no secrets.",
        hint="Save its values again.",
    ),
    AssignmentErrorCode(
        code="header_refused",
        meaning="A header of the node cannot be sent.",
        cause="It belongs to the connection itself (`Content-Length`, for example), or has a line break.",
        hint="Remove the header, or the line break.",
    ),
    AssignmentErrorCode(
        code="http_connection",
        meaning="There is no connection to the server, or it was lost.",
        cause="The name does not resolve, nothing listens there, or the network or the server broke the connection.",
        hint="Check the address and whether the worker can reach it.",
        retryable=True,
    ),
    AssignmentErrorCode(
        code="http_status",
        meaning="The server answered with a status that the node does not expect.",
        cause="The request is wrong (4xx), or the server is busy or broken (429, 5xx). The details have the status and the beginning of the answer.",
        hint="Read the answer of the server. `expected_status` names what counts as success, `retry_on_status` what is tried again.",
        retryable=None,
    ),
    AssignmentErrorCode(
        code="http_timeout",
        meaning="The server did not answer within `timeout_seconds` of the node.",
        cause="The server is slow or overloaded.",
        hint="Raise `timeout_seconds`, or ask the server for less at a time.",
        retryable=True,
    ),
    AssignmentErrorCode(
        code="proxy_refused",
        meaning="The proxy of the worker does not connect to the server.",
        cause="The proxy forbids the host, asks for a password, or cannot reach it. The details have its status.",
        hint="Ask the operator of the proxy, or have the worker reach the host directly with INTERLOCK_HTTP_NO_PROXY.",
        retryable=None,
    ),
    AssignmentErrorCode(
        code="proxy_unusable",
        meaning="The setting of the worker for the proxy names none that can be used.",
        cause="A typing error, or a proxy of another kind, such as SOCKS. The details have the name of the setting.",
        hint="Write it as http://proxy.example:3128, or unset it.",
        retryable=True,
    ),
    AssignmentErrorCode(
        code="request_refused",
        meaning="The request cannot be sent as it is.",
        cause="A header or the address has characters that HTTP does not allow.",
        hint="Look at the headers and the address that the templates made.",
    ),
    AssignmentErrorCode(
        code="response_damaged",
        meaning="The compressed data of the response cannot be unpacked.",
        cause="The server, or a proxy before it, broke off or sent something else than it said.",
        hint="Try again; if it stays so, ask the operator of the server.",
        retryable=True,
    ),
    AssignmentErrorCode(
        code="response_encoding",
        meaning="The response is compressed in a way that is not understood.",
        cause="The server ignores `Accept-Encoding`.",
        hint="Let the server answer with gzip, deflate, or without compression.",
    ),
    AssignmentErrorCode(
        code="response_not_json",
        meaning="The node asks for JSON, and the response is none that can be stored.",
        cause="The server answered with a page, or with an error as text.",
        hint="Check the address; `response: auto` takes whatever comes.",
    ),
    AssignmentErrorCode(
        code="response_not_text",
        meaning="The node asks for text, and the response is none that can be stored.",
        cause="The response is an image or another file, or its character set is unknown or not what it says.",
        hint="Use `response: base64`, or `response: auto`, which marks such a body.",
    ),
    AssignmentErrorCode(
        code="response_too_large",
        meaning="The response is larger than `max_response_bytes` of the node.",
        cause="The server sends more than expected.",
        hint="Raise `max_response_bytes` (up to 5 MiB), or ask the server for less.",
    ),
    AssignmentErrorCode(
        code="too_many_redirects",
        meaning="The server still redirects after `max_redirects` hops.",
        cause="Two addresses that redirect to each other.",
        hint="Call the address that the redirects are meant to reach.",
    ),
    AssignmentErrorCode(
        code="url_refused",
        meaning="The address, a header or the body is not valid.",
        cause="A template left a part of the address empty or would lead to another server or folder, or the address does not begin with http:// or https://.",
        hint="Look at the address that the template made of this input.",
    ),
)
