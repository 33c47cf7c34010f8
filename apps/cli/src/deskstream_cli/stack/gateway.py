"""The gateway: Envoy, with the addresses of this machine in its configuration."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from deskstream_cli.stack.data_folder import DataFolder, repository_root
from deskstream_cli.stack.program import Program
from deskstream_localstack.envoy import prepare_envoy
from deskstream_localstack.part import LOOPBACK


def envoy_program(folder: DataFolder, ports: Mapping[str, int]) -> Program:
    """Return the gateway, its configuration rendered for this machine."""
    source = repository_root() / "deploy" / "gateway" / "envoy.yaml"
    folder.gateway_config.write_text(render_gateway(source, ports))
    part = prepare_envoy(folder.gateway_config, ports["gateway"])
    return Program("edge", part)


def render_gateway(source: Path, ports: Mapping[str, int]) -> str:
    """Return `source` (deploy/gateway/envoy.yaml) with loopback addresses and these ports.

    Changes the public listener (`gateway`) and the one endpoint of each cluster (the cluster's
    name), keeps the port to one process, and leaves the admin endpoint out: it asks nobody who they
    are, and every user of a laptop can reach its loopback. Everything else is what production runs.
    """
    config: dict[str, Any] = yaml.safe_load(source.read_text())
    resources = config["static_resources"]
    del config["admin"]
    for listener in resources["listeners"]:
        _set(listener["address"], ports["gateway"])
        # Else the gateway of another stack that starts at the same moment listens beside this one,
        # and each of them gets some of the requests of both.
        listener["enable_reuse_port"] = False
    for cluster in resources["clusters"]:
        (locality,) = cluster["load_assignment"]["endpoints"]
        (endpoint,) = locality["lb_endpoints"]
        _set(endpoint["endpoint"]["address"], ports[cluster["name"]])
    return yaml.safe_dump(config, sort_keys=False)


def _set(address: dict[str, Any], port: int) -> None:
    address["socket_address"] = {"address": LOOPBACK, "port_value": port}
