"""Images and compose, as far as they can be checked without an engine (docs/how-to/deploy.md)."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SERVICES = ("ingest", "ai", "escalation", "notify", "projection")


@pytest.mark.parametrize("service", SERVICES)
def test_hadolint_finds_nothing(service: str) -> None:
    dockerfile = ROOT / "services" / service / "Dockerfile"
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run(
        [hadolint, dockerfile], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("service", SERVICES)
def test_the_context_holds_the_libraries_and_this_service_alone(service: str) -> None:
    folder = ROOT / "services" / service
    ignore = (folder / "Dockerfile.dockerignore").read_text().splitlines()
    allowed = [line[1:] for line in ignore if line.startswith("!")]
    assert ignore[0] == "*"
    assert allowed == ["libs/contracts", "libs/runtime", f"services/{service}"]
    copied = re.findall(r"^COPY (?!--from)(\S+)", (folder / "Dockerfile").read_text(), flags=re.M)
    assert copied
    for source in copied:
        assert (ROOT / source).exists(), source
        assert any(source == one or source.startswith(f"{one}/") for one in allowed), source


def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
    return document


def test_compose_runs_every_service_after_its_own_preparation() -> None:
    services = compose()["services"]
    for service in SERVICES:
        assert services[f"{service}-prepare"]["build"]["dockerfile"] == (
            f"services/{service}/Dockerfile"
        )
        waits_for = services[service]["depends_on"]
        assert waits_for[f"{service}-prepare"]["condition"] == "service_completed_successfully"
        assert f"postgresql://{service}:" in services[service]["environment"]["DESK_POSTGRES_DSN"]


def test_every_variable_of_compose_is_in_the_example() -> None:
    text = (ROOT / "deploy" / "compose.yaml").read_text()
    example = (ROOT / "deploy" / "compose.env.example").read_text()
    for variable in set(re.findall(r"\$\{([A-Z_]+)", text)):
        assert re.search(rf"^{variable}=", example, flags=re.M), variable


@pytest.mark.parametrize("service", SERVICES)
def test_the_gateway_finds_each_service_where_its_image_listens(service: str) -> None:
    dockerfile = (ROOT / "services" / service / "Dockerfile").read_text()
    port = re.search(r"DESK_HTTP_PORT=(\d+)", dockerfile)
    assert port
    gateway = (ROOT / "deploy" / "gateway" / "envoy.yaml").read_text()
    assert f"address: {service}, port_value: {port[1]}" in gateway
