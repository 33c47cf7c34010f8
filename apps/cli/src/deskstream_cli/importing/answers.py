"""The API's reasons for refusing a row, without the row's own text."""

import re
from dataclasses import replace

import httpx

from deskstream_cli.importing.plan import PlannedTicket
from deskstream_cli.importing.remarks import Remark, WrongRow

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_ADDRESSES = {"/customer/email": "customer_email", "/customer/phone": "customer_phone"}
_FIELDS = _ADDRESSES | {
    "/body": "body",
    "/occurred_at": "created_at",
    "/resolved_at": "resolved_at",
}
_NOT_ANSWERED = "cannot be answered as it is written; kept, marked so"


class ApiDiffers(Exception):
    """The answer is none of a row's: the key is refused, or the route is not there."""


def kept_despite_address(row: PlannedTicket, response: httpx.Response) -> PlannedTicket | None:
    """The row with its address marked to be kept though nobody can be reached there.

    None when the answer is about anything else (services/ingest/README.md, "One person is one
    customer").
    """
    customer = row.request.get("customer", {})
    if response.status_code != 422 or "unusable" in customer:
        return None
    try:
        pointers = {str(error["pointer"]) for error in response.json()["errors"]}
    except (ValueError, KeyError, TypeError):
        return None
    if not pointers or not pointers <= set(_ADDRESSES):
        return None
    remarks = [
        Remark(row.line, row.columns.name(_ADDRESSES[pointer]), _NOT_ANSWERED)
        for pointer in sorted(pointers)
    ]
    request = {**row.request, "customer": {**customer, "unusable": "keep"}}
    return replace(row, request=request, remarks=(*row.remarks, *remarks))


def refusal_of(row: PlannedTicket, response: httpx.Response) -> WrongRow:
    """Why this row was refused. Raises `ApiDiffers` when every row would be."""
    status = response.status_code
    if status in {401, 403}:
        raise ApiDiffers(f"The API key was refused ({status}).")
    if status in {404, 405}:
        raise ApiDiffers(f"The API has no route for this ({status}): is it an older version?")
    try:
        problem = response.json()
        detail = str(problem.get("detail", ""))
        errors = [(str(e["pointer"]), str(e["detail"])) for e in problem.get("errors", ())]
    except (ValueError, KeyError, TypeError, AttributeError):
        return WrongRow(row.line, f"refused ({status})")
    if status == 409:
        return WrongRow(row.line, _conflict(detail, errors))
    said = "; ".join(f"{pointer}: {_QUOTED.sub('…', text)}" for pointer, text in errors)
    fields = {_FIELDS[pointer] for pointer, _ in errors if pointer in _FIELDS}
    column = row.columns.name(fields.pop()) if len(errors) == len(fields) == 1 else ""
    return WrongRow(row.line, f"refused ({status}): {said or _QUOTED.sub('…', detail)}", column)


def _conflict(detail: str, errors: list[tuple[str, str]]) -> str:
    known = _UUID.search(detail)
    ticket = f"ticket {known[0]}" if known else "another ticket"
    fields = ", ".join(pointer.strip("/") for pointer, _ in errors)
    return (
        f"refused (409): its id is known as {ticket}, with another content"
        f"{f' ({fields})' if fields else ''}; is it of another system? Then give another --source"
    )
