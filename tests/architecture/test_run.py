"""Every command of ./run says what it does."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = [
    name.replace("_", "-")
    for name in re.findall(r"^cmd_(\w+)\(\)", (ROOT / "run").read_text(), re.MULTILINE)
]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "run", *arguments], cwd="/", capture_output=True, text=True, check=False
    )


def test_help_lists_every_command() -> None:
    listed = re.findall(r"^  ([\w-]+) +\S", run("help").stdout, re.MULTILINE)

    assert listed == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_begins_with_its_line(command: str) -> None:
    answer = run("help", command)

    assert answer.returncode == 0
    assert answer.stdout.startswith(command)
    assert len(answer.stdout.splitlines()[0]) <= 90


def test_an_unknown_command_is_one_sentence_with_the_way_out() -> None:
    answer = run("dmeo")

    assert answer.returncode == 3
    assert answer.stderr == "There is no command dmeo. Run:  ./run help\n"
