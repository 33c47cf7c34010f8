"""Downloads the broker's jars from Maven Central."""

import hashlib
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jgo.maven import Artifact, Dependency, MavenContext

from deskstream_localstack.kafka_version import KAFKA_VERSION, DownloadProgress
from deskstream_localstack.part import LocalStackError

BROKER = ("org.apache.kafka", "kafka_2.13", KAFKA_VERSION)
# Kafka's pom leaves the choice of a log library open: without this one the broker logs nothing.
# The version is the one of the log4j-core that Kafka resolves.
LOG_BINDING = ("org.apache.logging.log4j", "log4j-slf4j-impl", "2.25.5")

# Over the names and SHA-256 digests of all files in the order of their names; see `_digest`.
JARS_SHA256 = "04e2f683b49d1ee0849d20209e2a8096101591ebdca458639e8edde84e8e4b6e"

PARALLEL_DOWNLOADS = 8
DOWNLOAD_TIMEOUT_S = 30


def download(jars_dir: Path, progress: DownloadProgress | None) -> None:
    """Put the broker and what it needs into `jars_dir`, which appears when it is complete.

    Raises LocalStackError when that fails; nothing half-downloaded is kept.
    """
    # jgo writes files in place, so an interrupted download would leave a half jar that looks
    # whole. Everything goes to a folder of its own and appears under its name in one rename.
    with tempfile.TemporaryDirectory(dir=jars_dir.parent, prefix="download-") as scratch:
        context = MavenContext(repo_cache=Path(scratch) / "maven", timeout=DOWNLOAD_TIMEOUT_S)
        complete = Path(scratch) / "jars"
        complete.mkdir()
        if progress:
            # Reading the dependency tree takes a while, and how many there are comes out of it.
            progress(0, 1)
        try:
            artifacts = _resolve(context)
            with ThreadPoolExecutor(PARALLEL_DOWNLOADS) as pool:
                for done, jar in enumerate(pool.map(Artifact.resolve, artifacts), start=1):
                    shutil.move(jar, complete / jar.name)
                    if progress:
                        progress(done, len(artifacts))
        except (OSError, RuntimeError) as error:
            raise LocalStackError(
                f"The jars of Kafka {KAFKA_VERSION} could not be downloaded from Maven Central: "
                f"{error}. Check the network and try again; nothing half-done was kept."
            ) from error
        digest = _digest(complete)
        if digest != JARS_SHA256:
            raise LocalStackError(
                f"The downloaded jars of Kafka {KAFKA_VERSION} are not those that were reviewed "
                f"(SHA-256 {digest} instead of {JARS_SHA256}). They were not kept; try again."
            )
        complete.rename(jars_dir)


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for jar in sorted(folder.iterdir()):
        digest.update(jar.name.encode())
        digest.update(hashlib.sha256(jar.read_bytes()).digest())
    return digest.hexdigest()


def _resolve(context: MavenContext) -> list[Artifact]:
    # "raw" keeps the log binding's own dependency management from choosing Kafka's versions.
    wanted = [_dependency(context, BROKER, raw=False), _dependency(context, LOG_BINDING, raw=True)]
    named, transitive = context.resolver.resolve(wanted)
    needed = [dependency for dependency in transitive if dependency.scope in ("compile", "runtime")]
    return [dependency.artifact for dependency in (*named, *needed)]


def _dependency(context: MavenContext, coordinate: tuple[str, str, str], raw: bool) -> Dependency:
    group, name, version = coordinate
    artifact = context.project(group, name).at_version(version).artifact()
    return Dependency(artifact, scope="compile", raw=raw)
