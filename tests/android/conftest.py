"""Android on a JVM: the real pyjnius, p4a's own Python and Java, and stubs of Android's classes.

Only ./run test-android has pyjnius; the other commands do not collect these tests.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HAS_PYJNIUS = importlib.util.find_spec("jnius") is not None
collect_ignore_glob = [] if HAS_PYJNIUS else ["test_*.py"]

_STUBS = Path(__file__).parent / "java"
_P4A_JAVA = "bootstraps/common/build/src/main/java/org/kivy/android"
_P4A_PYTHON = "recipes/android/src/android"
# What p4a writes when it builds a package.
_CONFIG = """
ACTIVITY_CLASS_NAME = "org.kivy.android.PythonActivity"
ACTIVITY_CLASS_NAMESPACE = "org/kivy/android/PythonActivity"
JAVA_NAMESPACE = "org.kivy.android"
JNI_NAMESPACE = "org/kivy/android"
SERVICE_CLASS_NAME = "org.kivy.android.PythonService"
"""


@dataclass(frozen=True)
class Phone:
    """What a JVM and a Python need to be Android enough."""

    classes: Path
    python: Path
    environment: dict[str, str]


@pytest.fixture(scope="session")
def phone(tmp_path_factory: pytest.TempPathFactory) -> Phone:
    """Compile the stubs, and lay down p4a's module `android`."""
    specification = importlib.util.find_spec("pythonforandroid")
    assert specification is not None
    assert specification.origin is not None
    p4a = Path(specification.origin).parent
    built = tmp_path_factory.mktemp("android")
    sources = [
        *sorted(_STUBS.rglob("*.java")),
        *sorted((p4a / _P4A_JAVA).glob("GenericBroadcastReceiver*.java")),
    ]
    subprocess.run(["javac", "-d", built / "classes", *sources], check=True)
    module = built / "python" / "android"
    module.mkdir(parents=True)
    for name in ("activity.py", "broadcast.py", "permissions.py"):
        shutil.copyfile(p4a / _P4A_PYTHON / name, module / name)
    (module / "__init__.py").touch()
    (module / "config.py").write_text(_CONFIG)
    # pyjnius looks for the JVM beside the compiler.
    compiler = shutil.which("javac")
    assert compiler is not None
    home = os.environ.get("JAVA_HOME") or str(Path(compiler).resolve().parents[1])
    return Phone(built / "classes", built / "python", {"JAVA_HOME": home})


@pytest.fixture(scope="session")
def jvm(phone: Phone) -> None:
    """Start the JVM with the classes of a phone; there is one in a process."""
    sys.path.append(str(phone.python))
    os.environ.update(phone.environment)
    import jnius_config

    jnius_config.set_classpath(str(phone.classes))
    from jnius import autoclass

    autoclass("org.tapak.test.PhoneKeyStore").install()


@pytest.fixture
def activity(jvm: None) -> Any:
    """Return a fresh app: nothing permitted, online, five seconds after boot."""
    from jnius import autoclass

    running = autoclass("org.kivy.android.PythonActivity")
    running.mActivity = running()
    autoclass("android.os.SystemClock").nanos = 5_000_000_000
    return running.mActivity


@pytest.fixture
def api_level(jvm: None) -> Iterator[Any]:
    """Give Android's version class; its level is that of Android 14 again afterwards."""
    from jnius import autoclass

    version = autoclass("android.os.Build$VERSION")
    yield version
    version.SDK_INT = 34
