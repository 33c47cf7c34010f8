"""The committed gateway configuration is valid and routes as the design says."""

import http.client
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from httpx import Client, Response
from websockets.sync.client import connect

from deskstream_cli.stack.data_folder import repository_root
from deskstream_cli.stack.gateway import render_gateway
from deskstream_cli.stack.port_plan import USUAL_PORTS
from deskstream_cli.stack.program import answers_ready
from deskstream_contracts.topics import SERVICES
from deskstream_localstack.envoy import prepare_envoy, validation_argv
from deskstream_localstack.part import StackPart
from deskstream_localstack.ports import free_ports
from deskstream_localstack.process import PartProcess
from deskstream_runtime.http.problems import ProblemDocument
from deskstream_runtime.settings import ServiceSettings

MIB = 1_048_576
SOURCE = repository_root() / "deploy" / "gateway" / "envoy.yaml"
STUB = "from fake_service import serve; serve({service!r}, {port})"
SECOND_ENDS_WITHIN_S = 20
FEED = "from fake_feed import main; main({port})"


@pytest.fixture(scope="module")
def ports() -> dict[str, int]:
    return dict(zip(USUAL_PORTS, free_ports(len(USUAL_PORTS)), strict=True))


@pytest.fixture(scope="module")
def gateway(
    servers: object, ports: dict[str, int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """Envoy in front of four stubs; nothing listens where escalation should be."""
    folder = tmp_path_factory.mktemp("gateway")
    config = folder / "envoy.yaml"
    config.write_text(render_gateway(SOURCE, ports))
    envoy = prepare_envoy(config, ports["gateway"])
    stubs = [_stub(name, ports[name]) for name in SERVICES if name != "escalation"]
    processes = [PartProcess(part, folder / f"{part.name}.log") for part in (envoy, *stubs)]
    try:
        for process in processes:
            process.launch()
        for process in processes:
            process.wait_until_ready()
        with Client(base_url=f"http://127.0.0.1:{ports['gateway']}", timeout=20) as client:
            yield client
    finally:
        for process in processes:
            process.stop()


def test_the_committed_configuration_is_valid() -> None:
    result = subprocess.run(validation_argv(SOURCE), capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stderr


def test_the_gateway_lets_go_of_an_idle_connection_before_its_service_does() -> None:
    """Else a request may be sent while the service closes the connection, and is lost."""
    kept_s = ServiceSettings.model_fields["http_keep_alive_s"].default
    for cluster in yaml.safe_load(SOURCE.read_text())["static_resources"]["clusters"]:
        (options,) = cluster["typed_extension_protocol_options"].values()
        idle_timeout = options["common_http_protocol_options"]["idle_timeout"]
        assert 0 < float(idle_timeout.removesuffix("s")) < kept_s / 2, cluster["name"]


def test_the_laptop_changes_addresses_and_has_no_admin_endpoint() -> None:
    committed = yaml.safe_load(SOURCE.read_text())
    rendered = yaml.safe_load(render_gateway(SOURCE, USUAL_PORTS))

    # The admin endpoint asks nobody who they are; a laptop has other users.
    assert "admin" not in rendered
    del committed["admin"]
    for listener in committed["static_resources"]["listeners"]:
        listener["enable_reuse_port"] = False
    assert _without_addresses(rendered) == _without_addresses(committed)
    assert "0.0.0.0" not in render_gateway(SOURCE, USUAL_PORTS)


@pytest.mark.parametrize(
    ("method", "path", "service"),
    [
        ("POST", "/v1/tickets", "ingest"),
        ("POST", "/v1/tickets/history", "ingest"),
        ("POST", "/v1/tickets/history?x=1", "ingest"),
        ("PATCH", "/v1/tickets/1", "ingest"),
        ("POST", "/v1/tickets/1/messages", "ingest"),
        ("GET", "/v1/tickets", "projection"),
        ("GET", "/v1/tickets/1/timeline?min_version=3", "projection"),
        ("GET", "/v1/analytics/summary", "projection"),
        ("POST", "/ai/generate-response", "ai"),
        ("PUT", "/v1/articles/1", "ai"),
        ("GET", "/v1/articles", "ai"),
        ("POST", "/v1/webhooks", "notify"),
        ("GET", "/v1/preferences", "notify"),
        ("POST", "/v1/push", "notify"),
    ],
)
def test_requests_go_by_method_and_path(
    gateway: Client, method: str, path: str, service: str
) -> None:
    seen = gateway.request(method, path).json()

    assert (seen["service"], seen["method"], seen["path"]) == (service, method, path)


def test_each_service_shows_its_api_document(gateway: Client) -> None:
    for service in SERVICES:
        if service != "escalation":
            seen = gateway.get(f"/docs/{service}/openapi.json").json()
            assert (seen["service"], seen["path"]) == (service, "/openapi.json")


@pytest.mark.parametrize("path", ["/v1", "/v1/ticketsx", "/v1/unknown", "/docs/kafka", "/ws"])
def test_an_unknown_path_is_a_problem(gateway: Client, path: str) -> None:
    _assert_problem(gateway.get(path), 404, "not-found")


@pytest.mark.parametrize("path", ["/", "/openapi.json"])
def test_the_root_tells_where_the_documents_are(gateway: Client, path: str) -> None:
    answer = gateway.get(path)

    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()["openapi"]) == set(SERVICES)
    assert gateway.head(path).status_code == 200


def test_the_index_leads_to_each_services_document(gateway: Client) -> None:
    index = gateway.get("/docs")

    assert index.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in index.headers["content-security-policy"]
    links = set(re.findall(r'href="(/[^"]*)"', index.text))
    assert links == {
        *(f"/docs/{service}" for service in SERVICES),
        *(f"/docs/{service}/openapi.json" for service in SERVICES),
    }
    for link in links - {"/docs/escalation", "/docs/escalation/openapi.json"}:
        service, _, document = link.removeprefix("/docs/").partition("/")
        seen = gateway.get(link).json()
        assert (seen["service"], seen["path"]) == (service, f"/{document}" if document else "/docs")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/tickets", "GET, HEAD, POST"),
        ("PUT", "/v1/tickets/1", "GET, HEAD, PATCH"),
        ("POST", "/v1/tickets/1", "GET, HEAD, PATCH"),
        ("PATCH", "/v1/tickets/history", "POST"),
        ("OPTIONS", "/v1/tickets/1/messages", "GET, HEAD, POST"),
        ("GET", "/v1/tickets/1/resolve", "POST"),
        ("DELETE", "/v1/tickets/1/timeline", "GET, HEAD"),
        ("PATCH", "/v1/articles/1", "DELETE, GET, HEAD, PUT"),
        ("TRACE", "/v1/rules", "GET, HEAD"),
        ("PROPFIND", "/ai/generate-response", "POST"),
        ("POST", "/docs", "GET, HEAD"),
        ("DELETE", "/", "GET, HEAD"),
    ],
)
def test_a_method_that_an_address_has_not_is_405_with_all_it_has(
    gateway: Client, method: str, path: str, allowed: str
) -> None:
    answer = gateway.request(method, path)

    _assert_problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == allowed


def test_a_method_that_nobody_knows_is_a_problem(gateway: Client) -> None:
    _assert_problem(gateway.request("BREW", "/v1/tickets"), 400, "malformed-request")


def test_a_body_of_one_mebibyte_passes_and_a_larger_one_does_not(gateway: Client) -> None:
    largest = gateway.post("/v1/tickets", content=b"x" * MIB)
    assert largest.json()["body_bytes"] == MIB

    _assert_problem(gateway.post("/v1/tickets", content=b"x" * (MIB + 1)), 413, "too-large")


def test_a_service_that_is_away_is_a_problem_that_says_nothing_about_it(gateway: Client) -> None:
    response = gateway.get("/v1/rules")

    _assert_problem(response, 503, "unavailable")
    assert response.headers["retry-after"] == "1"
    assert "connect" not in response.text
    assert "127.0.0.1" not in response.text


def test_an_escaped_slash_is_refused(gateway: Client) -> None:
    _assert_problem(gateway.get("/v1/tickets%2f..%2fadmin"), 400, "malformed-request")


def test_the_trace_and_request_ids_pass_through(gateway: Client) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    given = "11111111-2222-4333-8444-555555555555"

    response = gateway.get("/v1/tickets", headers={"traceparent": trace, "x-request-id": given})

    assert response.json()["headers"]["traceparent"] == trace
    assert response.json()["headers"]["x-request-id"] == given
    assert response.headers["x-request-id"] == given
    assert gateway.get("/v1/tickets").headers["x-request-id"]


def test_what_the_gateway_answers_itself_names_the_callers_trace(gateway: Client) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    answer = gateway.get("/nowhere", headers={"traceparent": trace})

    assert answer.json()["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize("given", ["", "nonsense", "00-" + "0" * 32 + "-00f067aa0ba902b7-01"])
def test_a_request_that_names_no_trace_begins_one(gateway: Client, given: str) -> None:
    seen = gateway.get("/v1/tickets", headers={"traceparent": given})

    trace_id = seen.headers["x-request-id"].replace("-", "")
    assert re.fullmatch(f"00-{trace_id}-[0-9a-f]{{16}}-01", seen.json()["headers"]["traceparent"])


def test_answers_say_nothing_of_what_is_behind(gateway: Client) -> None:
    names = set(gateway.get("/v1/tickets").headers)

    assert not [name for name in names if name.startswith("x-envoy")]


def test_a_clients_claims_about_itself_are_not_believed(gateway: Client) -> None:
    seen = gateway.get("/v1/tickets", headers={"x-forwarded-for": "10.9.9.9"}).json()

    assert seen["headers"]["x-forwarded-for"].split(",")[-1].strip() != "10.9.9.9"


def test_a_websocket_reaches_the_projection_and_frames_go_both_ways(
    gateway: Client, ports: dict[str, int]
) -> None:
    feed = f"ws://127.0.0.1:{ports['gateway']}/ws/customer-support"

    with connect(feed, open_timeout=5) as live:
        live.send("subscribe")

        assert live.recv(timeout=5) == "subscribe"


def test_a_second_gateway_does_not_share_the_port_in_silence(
    gateway: Client, ports: dict[str, int], tmp_path: Path
) -> None:
    assert gateway.get("/health/ready").is_success
    config = tmp_path / "envoy.yaml"
    config.write_text(render_gateway(SOURCE, ports))
    second = prepare_envoy(config, ports["gateway"])
    try:
        ended = subprocess.run(
            second.argv, capture_output=True, text=True, check=False, timeout=SECOND_ENDS_WITHIN_S
        )
    except subprocess.TimeoutExpired:
        pytest.fail("it serves beside the first, and each gets some of the requests")
    assert ended.returncode != 0
    assert "Address already in use" in ended.stderr


def test_the_gateway_tells_its_own_health(gateway: Client) -> None:
    assert gateway.get("/health/live").status_code == 200
    assert gateway.get("/health/ready").status_code == 200


def test_a_head_of_many_fields_is_refused(gateway: Client, ports: dict[str, int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", ports["gateway"], timeout=5)
    connection.request("GET", "/v1/tickets", headers={f"x-{n}": "1" for n in range(150)})

    answer = connection.getresponse()
    problem = json.loads(answer.read())
    assert (answer.status, problem["type"]) == (431, "urn:deskstream:problem:headers-too-large")
    assert problem["request_id"] == answer.headers["x-request-id"]


def test_one_number_bounds_a_body_at_the_gateway_and_in_the_services() -> None:
    limit = ServiceSettings.model_fields["http_body_max_bytes"].default

    assert limit == MIB
    assert f"max_request_bytes: {limit}\n" in SOURCE.read_text()
    assert f"{limit} bytes" in SOURCE.read_text()


def _stub(service: str, port: int) -> StackPart:
    code = FEED if service == "projection" else STUB
    return StackPart(
        name=service,
        version="1",
        port=port,
        argv=(sys.executable, "-c", code.format(service=service, port=port)),
        env={"PYTHONPATH": str(Path(__file__).parent)},
        is_ready=lambda: answers_ready(port),
    )


def _assert_problem(response: Response, status: int, code: str) -> None:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = ProblemDocument.model_validate_json(response.text)
    assert (problem.status, problem.type) == (status, f"urn:deskstream:problem:{code}")
    assert problem.title
    assert problem.detail
    assert problem.request_id == response.headers["x-request-id"]
    # What is too broken to be read names no trace, and begins none.
    assert problem.trace_id or status == 400
    assert None not in response.json().values()


def _without_addresses(node: object) -> object:
    if isinstance(node, dict):
        return {
            key: _without_addresses(value) for key, value in node.items() if key != "socket_address"
        }
    return [_without_addresses(item) for item in node] if isinstance(node, list) else node
