"""Reading the filters of an address, and offering them again in the filter bar."""

from collections.abc import Mapping
from uuid import UUID

from server.web.components import Choice, Option


def choice(
    name: str,
    label: str,
    values: Mapping[str, str],
    *,
    arguments: Mapping[str, str],
    everything: str = "",
) -> Choice:
    """Return a closed list with what the address asks for selected, or else the first.

    :param everything: label of a first option that filters nothing
    """
    offered = {"": everything, **values} if everything else dict(values)
    wanted = arguments.get(name, "")
    selected = wanted if wanted in offered else next(iter(offered), "")
    options = [
        Option(value=value, label=text, selected=value == selected)
        for value, text in offered.items()
    ]
    return Choice(name=name, label=label, options=tuple(options))


def read_id(arguments: Mapping[str, str], name: str) -> str:
    """Return an id of the address, or nothing for what is none."""
    try:
        return str(UUID(arguments.get(name, "")))
    except ValueError:
        return ""
